"""System calls by number, as /proc/PID/syscall says them: those that a thread may sleep in. Pure.

From the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

import platform

_NAMES = {
    "x86_64": {
        0: "read", 1: "write", 7: "poll", 17: "pread64", 19: "readv", 20: "writev", 23: "select",
        34: "pause", 35: "nanosleep", 40: "sendfile", 43: "accept", 44: "sendto", 45: "recvfrom",
        46: "sendmsg", 47: "recvmsg", 61: "wait4", 128: "rt_sigtimedwait", 130: "rt_sigsuspend",
        202: "futex", 208: "io_getevents", 230: "clock_nanosleep", 232: "epoll_wait",
        270: "pselect6", 271: "ppoll", 275: "splice", 276: "tee", 281: "epoll_pwait",
        288: "accept4", 295: "preadv", 299: "recvmmsg", 327: "preadv2", 333: "io_pgetevents",
        426: "io_uring_enter", 441: "epoll_pwait2", 449: "futex_waitv", 455: "futex_wait",
    },
    "aarch64": {
        22: "epoll_pwait", 4: "io_getevents", 63: "read", 64: "write", 65: "readv", 66: "writev",
        67: "pread64", 69: "preadv", 71: "sendfile", 72: "pselect6", 73: "ppoll", 76: "splice",
        77: "tee", 98: "futex", 101: "nanosleep", 115: "clock_nanosleep", 133: "rt_sigsuspend",
        137: "rt_sigtimedwait", 202: "accept", 206: "sendto", 207: "recvfrom", 211: "sendmsg",
        212: "recvmsg", 242: "accept4", 243: "recvmmsg", 260: "wait4", 286: "preadv2",
        292: "io_pgetevents", 426: "io_uring_enter", 441: "epoll_pwait2", 449: "futex_waitv",
        455: "futex_wait",
    },
}  # fmt: skip


def name_of(number: int, machine: str = "") -> str:
    """Its name, or its number where it is none of these."""
    return _NAMES.get(machine or platform.machine(), {}).get(number, f"call {number}")


def numbers_are_known() -> bool:
    """Whether this machine's table is here."""
    return platform.machine() in _NAMES
