"""How a server uses its multiplexer, connection by connection: what it does between two returns of
the call that waits. Pure.

These are the rules by which event loops are taught and graded: one multiplexer for all sockets,
reading and writing in the same call, no read and no write that the call has not announced, one read
and one write for a connection at each wake-up, and a connection that has failed is removed. The
record of a traced server shows all of them; it does not show whether the server looked at errno.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runner.trace.directions import ERROR, READ, WRITE, reports, watches
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import Call, Record
from runner.trace.sockets import info_of
from runner.trace.split import descriptor
from runner.trace.watching import Watched, change

PATIENCE = 10
"""Wake-ups after which a connection that failed, and is still open, counts as kept."""
ENDS = 3
"""Reads of a connection that return 0: the first says that the client sends no more, and a server
may have a reply to finish; who reads the end again and again keeps what should be removed."""
_PASSING = ("EAGAIN", "EINTR", "ERESTARTSYS", "ERESTARTNOINTR", "ENOBUFS")
_SHORT = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
"""After such an error of accept a server may leave its listening socket out for a while."""


@dataclass(frozen=True, slots=True)
class Wakeups:
    """`broken` has the first example of each rule that was broken, by its metric."""

    multiplexers: int
    """How many multiplexers watch sockets: kinds, and of epoll descriptors."""
    reads: int
    """The most reads of one connection between two wake-ups, also those that found nothing."""
    writes: int
    unannounced: int
    """Reads and writes of connections that the last wake-up of the thread had not reported."""
    partial: int
    """Waits that left out an open connection, the listening socket, or reading."""
    failed: int
    """Connections that failed, as a call on them or the multiplexer said."""
    kept: int
    """Those of them that stayed open."""
    broken: Mapping[str, str]


@dataclass(slots=True)
class _Thread:
    """`ready` is what its last wake-up reported, `done` its reads and writes since then;
    `for_clients` whether the call in which it waits, or waited last, watches a socket."""

    ready: dict[str, set[str]] = field(default_factory=dict)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: int = 0
    for_clients: bool = False


@dataclass(slots=True)
class _Replay:
    """The sockets of the server as they are at one call of the record."""

    record: Record
    listeners: set[str] = field(default_factory=set)
    open: dict[str, int] = field(default_factory=dict)
    """Connections, with their descriptors."""
    short: bool = False
    interest: dict[tuple[int, int], dict[int, Watched]] = field(default_factory=dict)
    threads: dict[int, _Thread] = field(default_factory=dict)
    multiplexers: set[str] = field(default_factory=set)
    most: Counter[str] = field(default_factory=Counter)
    unannounced: int = 0
    partial: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    since: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each connection that failed: the thread that noticed, and its waits until then."""
    failed: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)

    def thread(self, call: Call) -> _Thread:
        return self.threads.setdefault(call.thread, _Thread())

    def listed(self, call: Call) -> dict[int, Watched]:
        """The interest list of the call's epoll descriptor. A child begins with its parent's."""
        epoll, process = descriptor(call.args[0])[0], self.record.table(call.thread)
        if (process, epoll) not in self.interest:
            parent = self.record.parent.get(process, process)
            self.interest[process, epoll] = dict(self.interest.get((parent, epoll), {}))
        return self.interest[process, epoll]


def wakeups(record: Record) -> Wakeups:
    """Of the whole record."""
    replay = _Replay(record)
    for begins, call in _events(record):
        if kind(call) in MULTIPLEXERS:
            (_begins_to_wait if begins else _wakes)(replay, call)
        elif call.name == "epoll_ctl" and not call.error and len(call.args) > 3:
            change(replay.listed(call), call)
        elif kind(call) == "accept" or call.name in ("listen", "close", "shutdown"):
            _opens_or_closes(replay, call)
        else:
            for direction, info in _transfers(call):
                if info in replay.open:
                    _transfer(replay, call, direction, info)
    return Wakeups(
        multiplexers=len(replay.multiplexers),
        reads=replay.most[READ],
        writes=replay.most[WRITE],
        unannounced=replay.unannounced,
        partial=replay.partial,
        failed=len(replay.failed),
        kept=len(replay.kept),
        broken=replay.broken,
    )


def _events(record: Record) -> Iterator[tuple[bool, Call]]:
    """Each call once, in the order of time; a wait twice, as it begins and as it returns."""
    events = [(call.started, True, call) for call in record.calls]
    events += [
        (call.started + call.took, False, call)
        for call in record.calls
        if kind(call) in MULTIPLEXERS and call.ended is not None
    ]
    for _, begins, call in sorted(events, key=lambda event: event[0]):
        yield begins, call


def _begins_to_wait(replay: _Replay, call: Call) -> None:
    watched = watches(call, replay.listed(call) if kind(call) == "epoll" else {})
    sockets, thread = replay.listeners | set(replay.open), replay.thread(call)
    thread.for_clients = not sockets.isdisjoint(watched)
    if not thread.for_clients:
        return  # it waits for a timer, a signal or a pipe
    name = call.name if kind(call) != "epoll" else f"epoll descriptor {descriptor(call.args[0])[0]}"
    replay.multiplexers.add(name)
    if len(replay.multiplexers) > 1:
        text = f"several multiplexers watch sockets: {', '.join(sorted(replay.multiplexers))}"
        replay.broken["multiplexers"] = text
    left_out = sockets - set(watched) - (replay.listeners if replay.short else set())
    if left_out or not any(READ in directions for directions in watched.values()):
        replay.partial += 1
        _note(replay, "partial_waits", _left_out(replay, call, left_out))
    thread.waits += 1
    for info, (noticed_by, waits) in list(replay.since.items()):
        if noticed_by == call.thread and thread.waits - waits > PATIENCE:
            del replay.since[info]
            replay.kept.add(info)
            which = f"descriptor {replay.open[info]}"
            _note(
                replay,
                "kept_after_error",
                f"{which} is still open {PATIENCE} wake-ups after it failed",
            )


def _left_out(replay: _Replay, call: Call, left_out: set[str]) -> str:
    if not left_out:
        return f"{call.name} waits for writing alone"
    if listening := left_out & replay.listeners:
        what = "the listening socket" if len(listening) == 1 else "the listening sockets"
        return f"{call.name} does not watch {what}"
    numbers = sorted(replay.open[info] for info in left_out)
    return f"{call.name} does not watch descriptor {numbers[0]}, an open connection"


def _wakes(replay: _Replay, call: Call) -> None:
    """The return of a call that watches none of the server's sockets is no wake-up."""
    thread = replay.thread(call)
    if call.error or not thread.for_clients:
        return
    thread.ready = reports(call, replay.listed(call) if kind(call) == "epoll" else {})
    thread.done = Counter()
    for info, directions in thread.ready.items():
        if ERROR in directions and info in replay.open:
            _fails(replay, call, info)


def _opens_or_closes(replay: _Replay, call: Call) -> None:
    info = info_of(call)
    if kind(call) == "accept":
        replay.short = call.error in _SHORT
        if call.gave and not call.error:
            replay.open[call.gave] = call.value or 0
        return
    if call.error:
        return
    if call.name == "listen":
        replay.listeners.add(info)
    elif call.name == "close":
        number, process = descriptor(call.args[0])[0], replay.record.table(call.thread)
        for (owner, _), listed in replay.interest.items():
            if owner == process:
                listed.pop(number, None)
        replay.listeners.discard(info)
        replay.open.pop(info, None)
        replay.since.pop(info, None)


def _transfers(call: Call) -> Iterator[tuple[str, str]]:
    """The sockets that the call reads from or writes to."""
    name = kind(call)
    if name in (READ, WRITE):
        yield name, info_of(call)
    elif call.name in ("sendfile", "sendfile64"):
        yield WRITE, info_of(call)
    elif call.name == "splice" and len(call.args) > 2:
        yield READ, info_of(call)
        yield WRITE, descriptor(call.args[2])[1]


def _transfer(replay: _Replay, call: Call, direction: str, info: str) -> None:
    thread, number = replay.thread(call), replay.open[info]
    thread.done[info, direction] += 1
    count = thread.done[info, direction]
    replay.most[direction] = max(replay.most[direction], count)
    if count > 1:
        _note(
            replay,
            f"{direction}s_per_wakeup",
            f"{call.name} of descriptor {number} again before the next wait",
        )
    if direction not in thread.ready.get(info, ()):
        replay.unannounced += 1
        text = f"{call.name} of descriptor {number}, which the multiplexer had not reported"
        _note(
            replay,
            "io_without_readiness",
            f"{text} for {'reading' if direction == READ else 'writing'}",
        )
    if (call.value or 0) > 0:
        replay.since.pop(info, None)
    elif call.error and call.error not in _PASSING:
        _fails(replay, call, info)
    elif direction == READ and call.value == 0:
        replay.ends[info] += 1
        if replay.ends[info] >= ENDS:
            _fails(replay, call, info)


def _fails(replay: _Replay, call: Call, info: str) -> None:
    replay.failed.add(info)
    replay.since.setdefault(info, (call.thread, replay.thread(call).waits))


def _note(replay: _Replay, rule: str, text: str) -> None:
    replay.broken.setdefault(rule, text)
