"""The models that an assignment may demand: what is denied to a server of each.

A model's rivals are the calls by which another model would wait for many clients. Nothing else is
denied: an honest server may have a helper that waits for a few descriptors of its own, threads that
write a log, and a child process. So a denial cannot tell every pair apart: a server with a thread
for each client needs no call that a server with select and a log thread does not need. What is left
to the other columns of the proof stands in `passes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.syscalls.denial import EPOLL_MANY, MANY, POLL_MANY, SELECT_MANY

SIGIO, RING, AIO = "sigio", "io_uring_setup", "io_setup"
RIVALS: Mapping[str, str] = {
    SELECT_MANY: f"select(2), pselect6(2) of descriptors from {MANY} on",
    POLL_MANY: f"poll(2), ppoll(2) of {MANY} descriptors and more",
    EPOLL_MANY: f"epoll_ctl(2) that adds descriptors from {MANY} on",
    RING: "io_uring(7)",
    AIO: "the kernel's AIO, which can poll: io_submit(2)",
    SIGIO: "signals about descriptors: O_ASYNC of fcntl(2)",
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
    alone: bool = True
    """Whether one thread serves, beside which there may be a few helpers."""

    @property
    def needs_ring(self) -> bool:
        """Whether no server of it runs where the kernel, or its administrator, denies io_uring."""
        return RING not in self.denies

    def pids(self, connections: int) -> int:
        """The limit of processes and threads with so many connections at once. Where a connection
        needs none of its own, a server with a thread each meets this limit."""
        return OWN + self.each * connections


_NEED_NOTHING = ("blocking", "nonblocking", "thread", "prethread", "fork", "prefork", "posix_aio")
"""Their servers only read and write, or make threads and processes: no denial stops them."""


def _model(
    name: str,
    traced: str,
    *needs: str,
    each: int = 0,
    passes: tuple[str, ...] = (),
    alone: bool = True,
) -> Model:
    others = tuple(dict.fromkeys(each for each in (*_NEED_NOTHING, *passes) if each != name))
    denies = tuple(rival for rival in RIVALS if rival not in needs)
    return Model(name, traced, denies, each, others, alone)


_BY_EPOLL = ("epoll", "epoll_et", "coroutine", "epoll_threads")
_BY_ANY = ("select", "poll", *_BY_EPOLL, "multiplexed")
_ANY = (SELECT_MANY, POLL_MANY, EPOLL_MANY)
_ALL = (
    # A thread that blocks for its one client may do so in select, whatever its number is.
    _model("blocking", "blocking", SELECT_MANY, passes=("select",)),
    _model("nonblocking", "non-blocking"),
    _model("select", "select", SELECT_MANY),
    _model("poll", "poll", POLL_MANY),
    _model("epoll", "epoll", EPOLL_MANY, passes=_BY_EPOLL),
    _model("epoll_et", "epoll, edge-triggered", EPOLL_MANY, passes=_BY_EPOLL),
    # When its queue of signals overflows, it must look at all clients: the books use poll for that.
    _model("sigio", "signal-driven", SIGIO, POLL_MANY, passes=("poll",)),
    _model("posix_aio", "POSIX AIO", alone=False),
    _model("io_uring", "io_uring", RING),
    _model(
        "thread", "blocking, a thread each", SELECT_MANY, passes=("select",), each=1, alone=False
    ),
    _model("prethread", "blocking, several threads", SELECT_MANY, passes=("select",), alone=False),
    _model(
        "fork", "blocking, a process each", SELECT_MANY, passes=("select",), each=1, alone=False
    ),
    _model("prefork", "blocking, several processes", SELECT_MANY, passes=("select",), alone=False),
    # A loop of coroutines waits in whatever its platform offers.
    _model("coroutine", "epoll", *_ANY, passes=_BY_ANY, alone=False),
    _model("epoll_threads", "epoll, several threads", EPOLL_MANY, passes=_BY_EPOLL, alone=False),
    # Assignments that leave the choice to the student: any multiplexer, and with threads beside it.
    _model("multiplexed", "", *_ANY, passes=_BY_ANY),
    _model("events", "", *_ANY, passes=_BY_ANY, alone=False),
)
MODELS: Mapping[str, Model] = {model.name: model for model in _ALL}
"""By the name that `model:` of an assignment has."""


def model_traced(label: str, *, coroutines: bool = False) -> Model | None:
    """The model that the tracer means; with coroutines an epoll is that of their loop. None where
    the tracer is not sure, or where no assignment can demand what it saw."""
    if coroutines and label in ("epoll", "epoll, edge-triggered"):
        return MODELS["coroutine"]
    return next((model for model in _ALL if model.traced == label != ""), None)
