"""What an untraced look at the kernel's own tables (/proc) shows of a server, as data. Pure.

No tracer is attached while the look is taken, so a server that behaves when it is traced does not
behave here. It is coarser than a record: samples of where threads sleep, not calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EPOLLET = 1 << 31
LONG = 900_000_000
"""ns: a silence of so much is a long one, of which there is one in a conversation."""

OUTSIDE = "no call"
"""A thread that is asleep in no system call: on a page fault, or stopped."""

SEEN, SEEN_OFTEN = 1 / 10, 2
"""Share and number of the samples of a thread that must find it asleep in a call: one that sleeps
for a millisecond at a time is found awake in between, and waits for a CPU where many do."""


def label(sleeps: Mapping[str, int], samples: int) -> str:
    """Where most of the samples that found a thread asleep found it; empty where too few did."""
    name = max(sleeps, key=lambda name: sleeps[name], default="")
    return name if name and sleeps[name] >= max(SEEN_OFTEN, SEEN * samples) else ""


@dataclass(frozen=True, slots=True)
class ThreadLook:
    """One thread over all silences. `sleeps` counts, by kind of call, the samples that found it
    asleep there; `busy` is the share of the silences in which it ran or waited for a CPU, `ran` the
    share in which it ran."""

    process: int
    sleeps: Mapping[str, int]
    samples: int
    busy: float
    ran: float = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """`edges` says, by inode, of each socket that epoll watches whether it does so with EPOLLET;
    `rings` the operations that io_uring has pending, by number, None where there is no ring;
    `idle_cpu` CPU seconds a second of the whole server while all clients were silent. `lacks` says
    why nothing of the rest is known, where that is so; `clients` are the inodes of those that
    spoke, `connections` how many there were in all."""

    threads: tuple[ThreadLook, ...] = ()
    long: tuple[ThreadLook, ...] = ()
    """The same threads in the long silence alone; `threads` are then those of the others."""
    edges: Mapping[int, bool] | None = None
    rings: tuple[int, ...] | None = None
    idle_cpu: float = 0.0
    clients: tuple[int, ...] = ()
    connections: int = 0
    silent: tuple[int, ...] = ()
    """Inodes of some connections that did not speak."""
    lacks: str = ""
    hides: str = ""
    """Why the server could be looked at before it began and not later: it forbade that."""
    unfollowed: int = 0
    """Threads that the tracer did not follow, of the conversation that was traced."""
