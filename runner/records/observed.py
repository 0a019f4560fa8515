"""How a server was observed to work: by a tracer, and without one in the kernel's /proc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_THREADS = 256
"""Of a server with more threads only so many are sampled: the rest are of the same kinds."""
RUNNING, AT_TIMES = "running", "at times"
"""Kinds of `Waiting`: threads that no sample found asleep, and threads that few samples did."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """Why a property is unknown, and what that counts for: the words of runner/trace/doubt.py."""

    sort: str = "unclear"
    text: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BurstServed:
    """How the server read the messages of a burst, in the words of runner/trace/burst.py."""

    clients: int = 0
    messages: int = 0
    read: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    readers: tuple[int, ...] = ()
    writers: tuple[int, ...] = ()
    slept: int = 0
    vain: int = 0


@dataclass(frozen=True, slots=True)
class Classified:
    """What a tracer's record says of a server, in the words of runner/trace/classification.py.
    Records from before a field was known have its default."""

    model: str = "unknown"
    notification_means: str = "unknown"
    synchrony: str = "unknown"
    blocking: str = "unknown"
    blocks_in: str = "unknown"
    copied_by: str = "unknown"
    notified_by: str = "unknown"
    concurrency: str = "unknown"
    because: tuple[str, ...] = ()
    unclear: str = ""
    doubts: tuple[Doubted, ...] = ()
    watches: str = "unknown"
    nonblocking: str = "unknown"
    multiplexers: tuple[str, ...] = ()
    stalls: tuple[str, ...] = ()
    rearmed: bool = False
    clients: int = 0
    copiers: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    bursts: tuple[BurstServed, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounted:
    """The kernel's figures for a conversation without a tracer: context switches a request, CPU
    seconds a second while all clients were silent, and how long the second client's first request
    took, in ns (None: not while the first was connected)."""

    switches_per_request: float = 0.0
    idle_cpu: float = 0.0
    second_waited: int | float | None = None


PEEK, NO_BYTES = "MSG_PEEK", "0 bytes"
"""In the name of a call that receives and takes nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Threads that waited alike: in a call of one `kind` (the words of runner/trace/kinds.py, or
    RUNNING or AT_TIMES). `call` is its name, and `on` what it waited for, `descriptors` how many
    those were at most, 0 where that is not known; `thread` is one of them. `serves` says whether
    clients were among them, None where that is not known; `ran` how many CPUs they used together.
    """

    kind: str
    threads: int
    call: str = ""
    on: str = ""
    thread: int = 0
    descriptors: int = 0
    serves: bool | None = True
    ran: float = 0.0


@dataclass(frozen=True, slots=True)
class Ends:
    """The server's ends of some connections, drawn by lot: how many were looked at, and how many of
    these have O_NONBLOCK and O_ASYNC. `blocking` and `async_fd` are descriptors of one without the
    first flag and of one with the second, -1 where there is none."""

    looked_at: int = 0
    nonblocking: int = 0
    asynchronous: int = 0
    blocking: int = -1
    async_fd: int = -1


@dataclass(frozen=True, slots=True)
class Interest:
    """Connections of clients in the interest lists of epoll: how many there are, how many of them
    with EPOLLET and with EPOLLONESHOT; and a descriptor with EPOLLET and one without it, -1 where
    there is none."""

    clients: int = 0
    edge: int = 0
    oneshot: int = 0
    edge_fd: int = -1
    level_fd: int = -1


@dataclass(frozen=True, slots=True)
class Ran:
    """Which share of the CPU time that a server's threads used while requests came is one thread's:
    of what they used beyond what they use while all clients are silent."""

    thread: int
    share: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the kernel's tables showed of a server at one moment:

    ready      before any client came
    connected  all clients are connected and silent
    loaded     requests come
    window     from before the warm-up to after the window: only `ran` and `ran_ns`
    measured   after the window, all clients are silent again
    silences   the silences of a conversation; long: one of a second and more

    `connections` are the server's established ones, `samples` how often its threads were sampled.
    `interest` is None where no epoll watches a client, `reads_pending` where there is no ring.
    `outgoing` are connections of the server to another server. `ran` are the threads that used the
    most CPU time, `ran_ns` what all of them used. `lacks` says why nothing of the
    rest is known, where that is so."""

    moment: str
    connections: int = 0
    processes: int = 0
    threads: int = 0
    samples: int = 0
    waiting: tuple[Waiting, ...] = ()
    ends: Ends = Ends()
    interest: Interest | None = None
    reads_pending: int | None = None
    outgoing: int = 0
    ran: tuple[Ran, ...] = ()
    ran_ns: int = 0
    lacks: str = ""
