"""What `deny` denies: names of system calls, and words for what no name alone can say. Pure.

A name stands for the calls that a C library may make in its place: select(3) of glibc calls
pselect6(2). The words look at arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from runner.syscalls.table import CALLS

ENOSYS = 38

_FAMILIES = (
    ("select", "pselect6"),
    ("poll", "ppoll"),
    ("epoll_create1", "epoll_create"),
    ("accept", "accept4"),
    ("dup", "dup2", "dup3"),
    ("eventfd", "eventfd2"),
    ("inotify_init", "inotify_init1"),
    ("io_getevents", "io_pgetevents"),
    ("nanosleep", "clock_nanosleep"),
    ("pipe", "pipe2"),
    ("preadv", "preadv2"),
    ("pwritev", "pwritev2"),
    ("signalfd", "signalfd4"),
)
_FIRST = {name: family[0] for family in _FAMILIES for name in family}


@dataclass(frozen=True, slots=True)
class Bits:
    """Holds where the lower 32 bits of an argument have `value` under `mask`: the kernel reads no
    more of these arguments, which are flags and commands."""

    argument: int
    mask: int
    value: int


Tests = tuple[Bits, ...]
"""All of them hold."""

CLONE_VM, CLONE_VFORK, CLONE_THREAD = 0x100, 0x4000, 0x10000
O_ASYNC, F_SETFL, FIOASYNC = 0x2000, 4, 0x5452
EPOLL_CTL_ADD = 1
_WHOLE = 0xFFFFFFFF

MANY = 16
"""Descriptors, a power of two. A helper of a server waits for a few of its own, which were opened
before the clients came and have low numbers."""


def _many(argument: int, *also: Bits) -> tuple[Tests, ...]:
    """Alternatives, of which one holds where the argument is MANY or more: its highest bit."""
    low = MANY.bit_length() - 1
    return tuple((*also, Bits(argument, _WHOLE >> bit << bit, 1 << bit)) for bit in range(low, 32))


THREADS, PROCESSES, SIGIO = "threads", "processes", "sigio"
SELECT_MANY, POLL_MANY, EPOLL_MANY = "select_many", "poll_many", "epoll_many"
_DENIES: Mapping[str, tuple[tuple[str, ...], Mapping[str, tuple[Tests, ...]]]] = {
    THREADS: (
        # clone3 has its flags in memory, where no filter can look. A C library then calls clone.
        ("clone3",),
        {
            "clone": (
                (Bits(0, CLONE_THREAD, CLONE_THREAD),),
                # A process that shares the memory, unless its parent sleeps until it is another
                # program, as in vfork(2) and posix_spawn(3).
                (Bits(0, CLONE_VM | CLONE_VFORK | CLONE_THREAD, CLONE_VM),),
            )
        },
    ),
    PROCESSES: (
        ("clone3", "fork", "vfork"),
        {"clone": ((Bits(0, CLONE_THREAD, 0),),)},
    ),
    SIGIO: (
        (),
        {
            "fcntl": ((Bits(1, _WHOLE, F_SETFL), Bits(2, O_ASYNC, O_ASYNC)),),
            "ioctl": ((Bits(1, _WHOLE, FIOASYNC),),),
        },
    ),
    # select is told how far its sets reach, poll how many entries it has, epoll_ctl which number.
    SELECT_MANY: ((), {"select": _many(0), "pselect6": _many(0)}),
    POLL_MANY: ((), {"poll": _many(1), "ppoll": _many(1)}),
    EPOLL_MANY: ((), {"epoll_ctl": _many(2, Bits(1, _WHOLE, EPOLL_CTL_ADD))}),
}
WORDS = tuple(_DENIES)
_ABOUT = {
    THREADS: "new threads",
    PROCESSES: "new processes",
    SIGIO: "signals about descriptors (O_ASYNC)",
    SELECT_MANY: f"sets of select that reach to {MANY} and more",
    POLL_MANY: f"poll of {MANY} descriptors and more",
    EPOLL_MANY: f"epoll_ctl that adds descriptors from {MANY} on",
}

_NO_SERVER = frozenset(
    (
        "arch_prctl", "brk", "close", "execve", "exit", "exit_group", "fstat", "futex", "mmap",
        "mprotect", "munmap", "newfstatat", "openat", "read", "rt_sigaction", "rt_sigprocmask",
        "rt_sigreturn", "set_tid_address", "write",
    )
)  # fmt: skip
"""Without these no program starts, or no box."""
_INSTEAD = {
    **dict.fromkeys(("clone", "clone3", "fork", "vfork"), f"{THREADS} or {PROCESSES}"),
    # A container's runtime is in epoll when the filter comes into force. Without a descriptor from
    # epoll_create there is nothing to wait on.
    **dict.fromkeys(
        ("epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl_old",
         "epoll_wait_old"),
        "epoll_create1",
    ),
}  # fmt: skip

DENIABLE = (*WORDS, *sorted(CALLS - _NO_SERVER - set(_INSTEAD)))
"""Everything that may be in a list of denials."""


def instead(name: str) -> str:
    """What to deny in place of a call that may not be denied; empty where there is nothing."""
    return _INSTEAD.get(name, "")


def starts_no_server(name: str) -> bool:
    """Whether no server could start without it."""
    return name in _NO_SERVER


def canonical(denied: Iterable[str]) -> tuple[str, ...]:
    """The same denials in one order, each family by its first name: equal where they deny the
    same."""
    return tuple(sorted({_FIRST.get(name, name) for name in denied}))


def covers(name: str) -> tuple[str, ...]:
    """The names that a program's words for it may hold: of a family all."""
    return next((family for family in _FAMILIES if name in family), (name,))


def about(name: str) -> str:
    """A denial for a reader: `poll`, `new threads`."""
    return _ABOUT.get(name, name)


@dataclass(frozen=True, slots=True)
class Denial:
    """The calls that are denied whatever their arguments, and those that are denied where all tests
    of one of the alternatives hold."""

    calls: frozenset[str]
    tested: Mapping[str, tuple[Tests, ...]]


@cache
def denial(denied: tuple[str, ...]) -> Denial:
    """What these names and words deny together."""
    calls: set[str] = set()
    tested: dict[str, tuple[Tests, ...]] = {}
    for name in canonical(denied):
        names, tests = _DENIES.get(name, (covers(name), {}))
        calls.update(names)
        for call, alternatives in tests.items():
            tested[call] = (*tested.get(call, ()), *alternatives)
    return Denial(frozenset(calls), {c: t for c, t in tested.items() if c not in calls})
