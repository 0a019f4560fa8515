"""The claims of an assignment's model, and the words in which every column of the proof answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WAITS_IN, NOTIFIED_BY, COPIES_BY = "waits in", "notified by", "copies by"
SERVES, WATCHES, NONBLOCKING = "serves", "watches", "non-blocking"
CLAIMS = (WAITS_IN, NOTIFIED_BY, COPIES_BY, SERVES, WATCHES, NONBLOCKING)

READY, SIGNALLED = "readiness, by a return", "readiness, by a signal"
DONE_BY_SIGNAL, DONE_BY_RETURN = "completion, by a signal", "completion, by a return"
DONE_BY_RING, READ_RETURNS = "completion, by the ring", "the return of the read"
NOTHING = "nothing"
NOTIFIED = {
    ("readiness", "return"): READY,
    ("readiness", "signal"): SIGNALLED,
    ("completion", "signal"): DONE_BY_SIGNAL,
    ("completion", "return"): DONE_BY_RETURN,
    ("completion", "completion"): DONE_BY_RING,
    ("nothing", "return"): READ_RETURNS,
    ("nothing", "nothing"): NOTHING,
}
"""By what a notification means and what notified, in the words of a trace."""

APPLICATION, SPLICE, HELPER, KERNEL = "application", "splice", "helper", "kernel"
ONE_AT_A_TIME, ONE_THREAD = "one client at a time", "one thread"
THREAD_EACH, PROCESS_EACH = "a thread each", "a process each"
THREADS, PROCESSES = "several threads", "several processes"
LEVEL, EDGE = "level", "edge"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Demand:
    """What a model demands of one claim: any of these words."""

    claim: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " or ".join(self.words)


def demands(
    waits_in: str | tuple[str, ...],
    notified_by: str | tuple[str, ...],
    serves: str | tuple[str, ...],
    *,
    copies_by: str | tuple[str, ...] = (APPLICATION, SPLICE),
    watches: str = "",
    nonblocking: str = "",
) -> tuple[Demand, ...]:
    """A row of the table of models: a claim that it leaves open is not in its proof. Bytes that go
    from socket to socket within the kernel (splice) are copied by the serving thread's own call."""
    given = (waits_in, notified_by, copies_by, serves, watches, nonblocking)
    words = [(each,) if isinstance(each, str) else each for each in given]
    return tuple(Demand(claim, each) for claim, each in zip(CLAIMS, words, strict=True) if each[0])


_READS = ("read", "splice", "poll", "select")
"""A thread of its own may wait in poll for its one client, as CPython does where a socket has a
time-out, or in select."""
_BY_READ = (READ_RETURNS, READY)
_LOOPS = ("epoll", "poll", "select")
"""A loop of coroutines waits in what its platform offers."""
CLAIMS_OF: Mapping[str, tuple[Demand, ...]] = {
    "blocking": demands(_READS, _BY_READ, ONE_AT_A_TIME),
    "nonblocking": demands("nowhere", NOTHING, ONE_THREAD, nonblocking=YES),
    "select": demands("select", READY, ONE_THREAD),
    "poll": demands("poll", READY, ONE_THREAD),
    "epoll": demands("epoll", READY, ONE_THREAD),
    "epoll_et": demands("epoll", READY, ONE_THREAD, watches=EDGE, nonblocking=YES),
    "sigio": demands("signal", SIGNALLED, ONE_THREAD, nonblocking=YES),
    "posix_aio": demands(
        ("signal", "lock"), (DONE_BY_SIGNAL, DONE_BY_RETURN), ONE_THREAD, copies_by=HELPER
    ),
    "io_uring": demands("completion", DONE_BY_RING, ONE_THREAD, copies_by=KERNEL),
    "thread": demands(_READS, _BY_READ, THREAD_EACH),
    "prethread": demands(_READS, _BY_READ, THREADS),
    "fork": demands(_READS, _BY_READ, PROCESS_EACH),
    "prefork": demands(_READS, _BY_READ, PROCESSES),
    "coroutine": demands(_LOOPS, READY, ONE_THREAD),
    "epoll_threads": demands("epoll", READY, THREADS),
    "multiplexed": demands(_LOOPS, READY, ONE_THREAD),
    "events": demands(_LOOPS, READY, (ONE_THREAD, THREADS)),
}
"""By the names of `models.MODELS`. A model that the level-triggered server follows as well as the
edge-triggered one leaves `watches` open."""
