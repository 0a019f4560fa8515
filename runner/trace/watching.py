"""Which descriptors a multiplexer watches, and which it returns as ready. Pure.

select and poll are given their set with each call. epoll is given it beforehand, one epoll_ctl a
descriptor, and answers with the data that came with the last of them: so the history is replayed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.trace.kinds import kind
from runner.trace.model import Call, Record
from runner.trace.split import descriptor

_FD = re.compile(r"(\d+)<([^<>]*)>")
_READY_BY_POLL = re.compile(r"\{fd=(\d+)[^{}]*revents=([A-Z|_0-9x]+)")
_READY_BY_SELECT = re.compile(r"\bin \[([^\]]*)\]")
_NUMBER = re.compile(r"\d+")
EVENT = re.compile(r"\{(?:events=)?([\w|]+|0), (?:data=)?(?:\{u32=\w+, u64=(\w+)\}|(\w+))\}")
_CAN_BE_READ = ("IN", "RDNORM", "RDHUP", "HUP", "ERR")


@dataclass(frozen=True, slots=True)
class Watched:
    """A descriptor in an epoll's interest list: what it is, for which events, under which data."""

    info: str
    events: str
    data: str


Tables = Mapping[tuple[int, int], Mapping[int, Watched]]
"""Interest lists as the kernel's tables showed them while all were silent, by process and epoll
descriptor: for lists that are changed by io_uring, which the record does not show."""


@dataclass(slots=True)
class Watching:
    """The interest lists of all epoll descriptors, as they were at any time."""

    record: Record
    tables: Tables = field(default_factory=dict)
    _history: dict[tuple[int, int], list[Call]] = field(default_factory=dict)
    _closed: dict[int, list[Call]] = field(default_factory=dict)
    _known: dict[tuple[int, int], tuple[int, dict[int, Watched]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for call in self.record.calls:
            process = self.record.table(call.thread)
            if call.name == "epoll_ctl" and not call.error and len(call.args) > 3:
                epoll = descriptor(call.args[0])[0]
                self._history.setdefault((process, epoll), []).append(call)
            elif call.name == "close" and not call.error and call.args:
                self._closed.setdefault(process, []).append(call)

    def interest(self, thread: int, epoll: int, at: int) -> Mapping[int, Watched]:
        """By descriptor, before any change that begins at that time: a call has returned when its
        thread changes the list. A child has its parent's list up to its birth, and what it adds."""
        process = self.record.table(thread)
        known = self._known.get((process, epoll))
        if known and known[0] == at:
            return known[1]
        interest: dict[int, Watched] = {}
        for member, until in reversed(self._line(process, at)):
            changes = self._history.get((member, epoll), [])
            for call in sorted([*changes, *self._closed.get(member, [])], key=_started):
                if call.started >= until:
                    break
                change(interest, call)
        if not interest:
            interest = dict(self.tables.get((process, epoll), {}))
        self._known[process, epoll] = (at, interest)
        return interest

    def _line(self, process: int, at: int) -> list[tuple[int, int]]:
        """The process and its ancestors, each with the time up to which its calls count."""
        line = [(process, at)]
        while (parent := self.record.parent.get(line[-1][0])) is not None and len(line) < 64:
            line.append((parent, min(line[-1][1], self.record.born.get(line[-1][0], 0))))
        return line

    def waits_for(self, call: Call) -> frozenset[str]:
        """What the call waits for, as far as the record shows."""
        if kind(call) == "epoll":
            at = call.started if call.ended is None else call.ended
            listed = self.interest(call.thread, descriptor(call.args[0])[0], at)
            return frozenset(each.info for each in listed.values())
        place = slice(0, 1) if kind(call) == "poll" else slice(1, 2)
        return frozenset(info for _, info in _FD.findall(" ".join(call.args[place])))

    def ready(self, call: Call) -> tuple[frozenset[str], frozenset[str]]:
        """What the answer names as ready to be read; and what it may mean beside that, where one
        word stands for several descriptors."""
        name = kind(call)
        if name == "epoll":
            return self._by_data(call)
        numbers: set[str] = set()
        if name == "poll":
            ready = _READY_BY_POLL.findall(call.shown)
            numbers = {number for number, events in ready if _reads(events, "POLL")}
        elif name == "select" and (ready_in := _READY_BY_SELECT.search(call.shown)):
            numbers = set(_NUMBER.findall(_FD.sub(r"\1", ready_in[1])))
        infos = dict(_FD.findall(" ".join(call.args[:2])))
        return frozenset(infos[number] for number in numbers if number in infos), frozenset()

    def _by_data(self, call: Call) -> tuple[frozenset[str], frozenset[str]]:
        at = call.ended or call.started
        listed = self.interest(call.thread, descriptor(call.args[0])[0], at)
        under: dict[str, set[str]] = {}
        for each in listed.values():
            under.setdefault(each.data, set()).add(each.info)
        sure: set[str] = set()
        perhaps: set[str] = set()
        for events, wide, narrow in EVENT.findall(call.args[1] if len(call.args) > 1 else ""):
            infos = under.get(number_of(wide or narrow), set())
            if _reads(events, "EPOLL"):
                (sure if len(infos) == 1 else perhaps).update(infos)
        return frozenset(sure), frozenset(perhaps)


def change(interest: dict[int, Watched], call: Call) -> None:
    if call.name == "close":
        interest.pop(descriptor(call.args[0])[0], None)
        return
    number, info = descriptor(call.args[2])
    if call.args[1] == "EPOLL_CTL_DEL":
        interest.pop(number, None)
    elif event := EVENT.search(call.args[3]):
        interest[number] = Watched(info, event[1], number_of(event[2] or event[3]))


def _reads(events: str, prefix: str) -> bool:
    names = events.split("|")
    return any(f"{prefix}{name}" in names for name in _CAN_BE_READ)


def number_of(text: str) -> str:
    return str(int(text, 0)) if text[:1].isdigit() else text


def _started(call: Call) -> int:
    return call.started
