"""Which call is of which kind: the one place that knows names of system calls. Pure."""

from __future__ import annotations

import re

from runner.trace.model import Call
from runner.trace.split import descriptor, number

MULTIPLEXERS = ("select", "poll", "epoll")
WAITS = (*MULTIPLEXERS, "signal", "completion")
"""Calls that return because something else happened: readiness, a signal, a completion."""

_NAMES = {
    "read": ("read", "readv", "pread64", "preadv", "preadv2", "recv", "recvfrom", "recvmsg",
             "recvmmsg"),
    "write": ("write", "writev", "pwrite64", "pwritev", "pwritev2", "send", "sendto", "sendmsg",
              "sendmmsg"),
    "splice": ("splice", "tee", "sendfile", "sendfile64"),
    "accept": ("accept", "accept4"),
    "select": ("select", "pselect6", "_newselect", "pselect6_time64"),
    "poll": ("poll", "ppoll", "ppoll_time64"),
    "epoll": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "signal": ("rt_sigtimedwait", "rt_sigsuspend", "sigsuspend", "pause"),
    "completion": ("io_uring_enter", "io_getevents", "io_pgetevents"),
    "pause": ("nanosleep", "clock_nanosleep", "clock_nanosleep_time64"),
    "lock": ("futex", "futex_time64", "futex_wait", "futex_waitv"),
    "control": ("epoll_ctl", "fcntl", "ioctl", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "io_submit"),
}  # fmt: skip
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}


def kind(call: Call) -> str:
    """The kind of the call; empty for all other calls. A multiplexer without any descriptor is a
    pause, and a read of a signalfd is a wait for a signal."""
    name = _KINDS.get(call.name, "")
    if name in ("select", "poll") and sets_of(call) == 0:
        return "pause"
    if name == "read" and "[signalfd]" in descriptor(call.args[0] if call.args else "")[1]:
        return "signal"
    return name


def sets_of(call: Call) -> int:
    """How many descriptors (select: how far the sets reach, poll: entries) a multiplexer was given;
    -1 where that cannot be read."""
    if _KINDS.get(call.name) == "poll":
        size = number(call.args[1]) if len(call.args) > 1 else None
    elif _KINDS.get(call.name) == "select":
        size = number(call.args[0]) if call.args else None
    else:
        return -1
    return -1 if size is None else size


def is_notification(call: Call) -> bool:
    """Whether it returned an event, a signal or a completion."""
    name = kind(call)
    if name == "completion":
        return call.ended is not None and call.error in ("", "EINTR")
    return name in WAITS and call.value is not None and call.value > 0


_TIMEOUT = {"poll": 2, "select": 4, "epoll": 3, "signal": 2}
_AT_ONCE = re.compile(r"0|\{(?:tv_sec=)?0, (?:tv_u?n?sec=)?0\}")
_MIN_COMPLETE = 2


def may_sleep(call: Call) -> bool:
    """Whether the call can block its thread: a multiplexer with a time-out of 0 cannot, nor can a
    ring that waits for no completion."""
    name = kind(call)
    if name == "completion" and call.name == "io_uring_enter":
        return len(call.args) > _MIN_COMPLETE and call.args[_MIN_COMPLETE] != "0"
    if (place := _TIMEOUT.get(name)) is not None:
        return len(call.args) <= place or not _AT_ONCE.fullmatch(call.args[place])
    return name in ("completion", "pause", "lock")


def tried_to_read(call: Call) -> bool:
    """Whether the call tried to read data: glibc's AIO first tries pread(2), which fails on
    sockets."""
    return kind(call) == "read" and call.error != "ESPIPE"
