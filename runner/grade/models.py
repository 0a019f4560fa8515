"""The models that an assignment may demand: what is denied to a server of each.

A model's rivals are the calls by which another model would wait for several clients. A denial
cannot tell every pair apart: a server that polls by reads needs no call that a server with select
does not need. What is left to the other columns of the proof stands in `passes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SELECT, POLL, EPOLL, SIGIO = "select", "poll", "epoll_create1", "sigio"
RING, AIO = "io_uring_setup", "io_setup"
THREADS, PROCESSES = "threads", "processes"
RIVALS: Mapping[str, str] = {
    SELECT: "select(2), pselect6(2)",
    POLL: "poll(2), ppoll(2)",
    EPOLL: "epoll(7): no call of it works without its descriptor",
    RING: "io_uring(7)",
    AIO: "the kernel's AIO, which can poll: io_submit(2)",
    SIGIO: "signals about descriptors: O_ASYNC of fcntl(2)",
    THREADS: "clone(2) of a thread",
    PROCESSES: "fork(2), and clone(2) of a process",
}
"""In the words of `limits: {deny: [...]}`, with what each denies."""

OWN = 64
"""Processes and threads of a server before any client comes. In a container its runtime has a few
as well."""


@dataclass(frozen=True, slots=True)
class Model:
    """`traced` is what the tracer calls it (runner/trace/rules.py), empty for a model that is any
    of several; `denies` what the box of its server denies, `each` how many processes or threads one
    more connection needs."""

    name: str
    traced: str
    denies: tuple[str, ...]
    each: int = 0
    passes: tuple[str, ...] = ()
    """The other models whose servers run under this model's denials: those that need no more."""

    @property
    def needs_ring(self) -> bool:
        """Whether no server of it runs where the kernel, or its administrator, denies io_uring."""
        return RING not in self.denies

    @property
    def alone(self) -> bool:
        """Whether its server is one thread."""
        return {THREADS, PROCESSES}.issubset(self.denies)

    def pids(self, connections: int) -> int:
        """The limit of processes and threads with so many connections at once. Where a connection
        needs none of its own, a server with a thread each meets this limit."""
        return OWN + self.each * connections


_NEED_NOTHING = ("blocking", "nonblocking")
"""Their servers only read and write: no denial stops them."""


def _model(
    name: str, traced: str, *needs: str, each: int = 0, passes: tuple[str, ...] = ()
) -> Model:
    others = tuple(dict.fromkeys(each for each in (*_NEED_NOTHING, *passes) if each != name))
    denies = tuple(rival for rival in RIVALS if rival not in needs)
    return Model(name, traced, denies, each, others)


_BY_THREADS = ("thread", "prethread", "posix_aio", "poll")
_BY_PROCESSES = ("fork", "prefork", "poll")
_BY_EPOLL = ("epoll", "epoll_et", "coroutine")
_BY_BOTH = (*_BY_EPOLL, "epoll_threads", "thread", "prethread", "posix_aio")
_BY_ANY = ("select", "poll", *_BY_EPOLL, "multiplexed")
# A server that blocks in the call that reads may wait for its one client in poll: Python does where
# a socket has a time-out, and glibc where it asks for a name.
_ALL = (
    _model("blocking", "blocking", POLL, passes=("poll",)),
    _model("nonblocking", "non-blocking"),
    _model("select", "select", SELECT),
    _model("poll", "poll", POLL),
    _model("epoll", "epoll", EPOLL, passes=_BY_EPOLL),
    _model("epoll_et", "epoll, edge-triggered", EPOLL, passes=_BY_EPOLL),
    # When its queue of signals overflows, it must look at all clients: the books use poll for that.
    _model("sigio", "signal-driven", SIGIO, POLL, passes=("poll",)),
    _model("posix_aio", "POSIX AIO", THREADS, passes=("thread", "prethread")),
    _model("io_uring", "io_uring", RING),
    _model("thread", "blocking, a thread each", POLL, THREADS, each=1, passes=_BY_THREADS),
    _model("prethread", "blocking, several threads", POLL, THREADS, passes=_BY_THREADS),
    _model("fork", "blocking, a process each", POLL, PROCESSES, each=1, passes=_BY_PROCESSES),
    _model("prefork", "blocking, several processes", POLL, PROCESSES, passes=_BY_PROCESSES),
    # A loop of coroutines resolves names and reads files in threads of its own.
    _model("coroutine", "epoll", EPOLL, THREADS, passes=_BY_BOTH),
    _model("epoll_threads", "epoll, several threads", EPOLL, THREADS, passes=_BY_BOTH),
    # Assignments that leave the choice to the student: any multiplexer, and with threads beside it.
    _model("multiplexed", "", SELECT, POLL, EPOLL, passes=_BY_ANY),
    _model("events", "", SELECT, POLL, EPOLL, THREADS, passes=(*_BY_ANY, *_BY_BOTH)),
)
MODELS: Mapping[str, Model] = {model.name: model for model in _ALL}
"""By the name that `model:` of an assignment has."""


def model_traced(label: str, *, coroutines: bool = False) -> Model | None:
    """The model that the tracer means; with coroutines an epoll is that of their loop. None where
    the tracer is not sure, or where no assignment can demand what it saw."""
    if coroutines and label in ("epoll", "epoll, edge-triggered"):
        return MODELS["coroutine"]
    return next((model for model in _ALL if model.traced == label != ""), None)
