"""What a server was observed to do, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.trace.doubt import Doubt

UNKNOWN = "unknown"
"""The word for every property that the observations do not decide."""


@dataclass(frozen=True, slots=True)
class ServedBurst:
    """How the server read the messages of a burst: how many there were, and of how many a call of
    the server read the first bytes (`read`). `named` counts these by the multiplexers that named
    the client in the thread that read, such as `poll+select`; `nothing` where none did, `another
    thread` where one did in another thread only, `unclear` where epoll returned data that stands
    for no known descriptor. `readers` and `writers` are how many calls of each thread moved bytes
    of clients, the most first. `vain` counts reads that found nothing, `slept`
    those of them in which a thread slept."""

    clients: int = 0
    messages: int = 0
    read: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    readers: tuple[int, ...] = ()
    writers: tuple[int, ...] = ()
    slept: int = 0
    vain: int = 0


@dataclass(frozen=True, slots=True)
class Classification:
    """The model by the observations; `because` are the observations as sentences, `unclear` says
    why the model is unknown."""

    model: str
    notification_means: str
    """What a notification means: readiness, completion, nothing (there is none)."""
    synchrony: str
    """synchronous: the serving thread copies; asynchronous: another does, before the
    notification."""
    blocking: str
    """blocking: the thread blocked in the call that reads."""
    blocks_in: str
    """read, splice, select, poll, epoll, signal, completion, lock, pause, nowhere."""
    copied_by: str
    """application, helper, splice, kernel."""
    notified_by: str
    """return, signal, completion, nothing."""
    concurrency: str
    """one client at a time, one thread, thread each, process each, pool of threads or processes."""
    because: tuple[str, ...]
    unclear: str = ""
    doubts: tuple[Doubt, ...] = ()
    """The sentences of `unclear`, each with what it counts for."""
    watches: str = "none"
    """How epoll watches the clients that spoke: level, edge, both; none: not by epoll."""
    nonblocking: str = UNKNOWN
    """Whether reads from clients were non-blocking: yes, no, both."""
    multiplexers: tuple[str, ...] = ()
    """Those that were called, for every second request at least, on several clients at once."""
    stalls: tuple[str, ...] = ()
    """Calls, besides the one it waits in, in which the thread blocked while it served."""
    rearmed: bool = False
    """Whether epoll was given the descriptor anew after each event, by EPOLL_CTL_MOD, and no read
    found the socket empty: what is left is then reported again, as without EPOLLET."""
    clients: int = 0
    copiers: int = 0
    """Of how many clients bytes were copied, and how many threads copied most of a request."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Calls that the kernel does not have, or that a policy denies (ENOSYS): how many, by name."""
    bursts: tuple[ServedBurst, ...] = ()
    """How it served clients that sent at the same moment: many, and a few."""
