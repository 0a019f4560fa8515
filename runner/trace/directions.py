"""What one call of a multiplexer waits for, and what its answer reports: for reading, for writing,
or for an error, descriptor by descriptor. Pure.

`listed` is the interest list of the epoll descriptor that the call names; select and poll are given
their sets with the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from runner.trace.kinds import kind
from runner.trace.model import Call
from runner.trace.watching import EVENT, Watched, number_of

READ, WRITE, ERROR = "read", "write", "error"
Directions = dict[str, set[str]]
"""By what the tracer calls a descriptor."""

_FD = re.compile(r"(\d+)<([^<>]*)>")
_ENTRY = re.compile(r"\{fd=\d+<([^<>]*)>, events=([A-Z0-9|x]+)")
_ANSWERED = re.compile(r"\{fd=(\d+)[^{}]*revents=([A-Z0-9|x]+)")
_IN, _OUT = (re.compile(rf"\b{name} \[([^\]]*)\]") for name in ("in", "out"))
_NUMBER = re.compile(r"\d+")
_MEANS = {
    READ: ("IN", "RDNORM", "PRI", "RDHUP", "HUP", "ERR"),
    WRITE: ("OUT", "WRNORM", "HUP", "ERR"),
    ERROR: ("HUP", "ERR"),
}
"""With an error or a hang-up neither call blocks, so both are reported."""


def watches(call: Call, listed: Mapping[int, Watched]) -> Directions:
    """A descriptor that is watched for nothing but errors is there, without a direction."""
    name = kind(call)
    if name == "epoll":
        return _merged((each.info, _directions(each.events, "EPOLL")) for each in listed.values())
    if name == "poll":
        entries = _ENTRY.findall(call.args[0] if call.args else "")
        return _merged((info, _directions(events, "POLL")) for info, events in entries)
    return _merged(
        (info, frozenset((direction,)))
        for direction, place in ((READ, 1), (WRITE, 2))
        for _, info in _FD.findall(" ".join(call.args[place : place + 1]))
    )


def reports(call: Call, listed: Mapping[int, Watched]) -> Directions:
    """Empty where the time was over. Where one word of epoll's data stands for several descriptors
    each of them is reported."""
    if not call.value or call.value < 0:
        return {}
    name = kind(call)
    if name == "epoll":
        under: dict[str, set[str]] = {}
        for each in listed.values():
            under.setdefault(each.data, set()).add(each.info)
        return _merged(
            (info, _directions(events, "EPOLL"))
            for events, wide, narrow in EVENT.findall(" ".join(call.args[1:2]))
            for info in under.get(number_of(wide or narrow), ())
        )
    infos = dict(_FD.findall(" ".join(call.args[:3])))
    if name == "poll":
        answered = _ANSWERED.findall(call.shown)
        return _merged((infos.get(fd, ""), _directions(events, "POLL")) for fd, events in answered)
    return _merged(
        (infos.get(fd, ""), frozenset((direction,)))
        for direction, found in ((READ, _IN.search(call.shown)), (WRITE, _OUT.search(call.shown)))
        for fd in _NUMBER.findall(_FD.sub(r"\1", found[1]) if found else "")
    )


@lru_cache(1 << 8)
def _directions(events: str, prefix: str) -> frozenset[str]:
    names = {name.removeprefix(prefix) for name in events.split("|")}
    return frozenset(word for word, means in _MEANS.items() if names.intersection(means))


def _merged(each: Iterable[tuple[str, frozenset[str]]]) -> Directions:
    merged: Directions = {}
    for info, directions in each:
        if info:
            merged.setdefault(info, set()).update(directions)
    return merged
