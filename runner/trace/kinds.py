"""Which call is of which kind: the one place that knows names of system calls. Pure."""

from __future__ import annotations

from runner.trace.model import Call
from runner.trace.split import descriptor, number

MULTIPLEXERS = ("select", "poll", "epoll")
WAITS = (*MULTIPLEXERS, "signal", "completion")
"""Kinds whose return is news of something else than themselves."""

_NAMES = {
    "read": ("read", "readv", "pread64", "preadv", "preadv2", "recv", "recvfrom", "recvmsg",
             "recvmmsg"),
    "write": ("write", "writev", "pwrite64", "pwritev", "pwritev2", "send", "sendto", "sendmsg",
              "sendmmsg"),
    "accept": ("accept", "accept4"),
    "select": ("select", "pselect6", "_newselect"),
    "poll": ("poll", "ppoll"),
    "epoll": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "signal": ("rt_sigtimedwait", "rt_sigsuspend", "sigsuspend", "pause"),
    "completion": ("io_uring_enter", "io_getevents", "io_pgetevents"),
    "pause": ("nanosleep", "clock_nanosleep"),
    "lock": ("futex",),
    "control": ("epoll_ctl", "fcntl", "ioctl", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "io_submit"),
}  # fmt: skip
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}


def kind(call: Call) -> str:
    """What the call is for; empty where it is none of the kinds. A multiplexer that is asked about
    no descriptor at all only lets time pass, and a read of a signalfd is a wait for a signal."""
    found = _KINDS.get(call.name, "")
    if found in ("select", "poll") and sets_of(call) == 0:
        return "pause"
    if found == "read" and "[signalfd]" in descriptor(call.args[0] if call.args else "")[1]:
        return "signal"
    return found


def sets_of(call: Call) -> int:
    """How many descriptors (select: how far the sets reach, poll: entries) a multiplexer was given;
    -1 where that cannot be read."""
    if call.name in ("poll", "ppoll"):
        found = number(call.args[1]) if len(call.args) > 1 else None
    elif _KINDS.get(call.name) == "select":
        found = number(call.args[0]) if call.args else None
    else:
        return -1
    return -1 if found is None else found


def is_news(call: Call) -> bool:
    """Whether it returned with something to tell: an event, a signal, a completion."""
    found = kind(call)
    if found == "completion":
        return call.ended is not None and call.error in ("", "EINTR")
    return found in WAITS and call.value is not None and call.value > 0


def tried_to_read(call: Call) -> bool:
    """A read that was meant to: glibc's AIO first tries pread(2), which no socket has."""
    return kind(call) == "read" and call.error != "ESPIPE"
