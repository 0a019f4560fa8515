"""Bytes of descriptor sets that cross between user and kernel as arguments of calls. Pure.

What the kernel copies, from its source: fs/select.c (core_sys_select, do_sys_poll),
fs/eventpoll.c (do_epoll_ctl, ep_send_events).

select      each set that is given: as many longs as hold nfds bits, in and, unless it failed, out
poll        8 bytes an entry in; out only each entry's revents, 2 bytes
epoll_ctl   one struct epoll_event in, but for EPOLL_CTL_DEL
epoll_wait  one struct epoll_event out for each event that is returned
signals     rt_sigtimedwait: a set of signals in, one siginfo out

Time-outs and signal masks of the multiplexers have a fixed size, and are left out. Memory that user
and kernel share (the rings of io_uring) is not copied.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable

from runner.trace.kinds import MULTIPLEXERS, kind, sets_of
from runner.trace.model import Call, SyscallBytes

LONG = 8
POLLFD_IN, POLLFD_OUT = 8, 2
SIGSET, SIGINFO = 8, 128
EPOLL_EVENT = 12 if platform.machine() == "x86_64" else 16
"""Packed on x86-64 alone, <linux/eventpoll.h>."""


def syscall_bytes(calls: Iterable[Call]) -> SyscallBytes:
    """Of these calls. An event is a descriptor that was reported ready, or a signal."""
    inward: Counter[str] = Counter()
    outward: Counter[str] = Counter()
    events = 0
    for call in calls:
        name = kind(call)
        if call.name == "epoll_ctl":
            inward[call.name] += 0 if "EPOLL_CTL_DEL" in call.args else EPOLL_EVENT
        elif name in (*MULTIPLEXERS, "signal"):
            ready = max(0, call.value or 0)
            into, out = _BYTES[name](call, ready)
            inward[call.name] += into
            outward[call.name] += out
            events += min(ready, 1) if name == "signal" else ready
    return SyscallBytes(dict(inward), dict(outward), events)


def _select(call: Call, _ready: int) -> tuple[int, int]:
    given = sum(arg != "NULL" for arg in call.args[1:4])
    size = -(-max(0, sets_of(call)) // (8 * LONG)) * LONG * given
    return size, 0 if call.error or call.value is None else size


def _poll(call: Call, _ready: int) -> tuple[int, int]:
    entries = max(0, sets_of(call))
    return POLLFD_IN * entries, POLLFD_OUT * entries


def _epoll(_call: Call, ready: int) -> tuple[int, int]:
    return 0, EPOLL_EVENT * ready


def _signal(call: Call, ready: int) -> tuple[int, int]:
    if call.name != "rt_sigtimedwait":
        return SIGSET, 0
    return SIGSET, SIGINFO if ready else 0


_BYTES = {"select": _select, "poll": _poll, "epoll": _epoll, "signal": _signal}
