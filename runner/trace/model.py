"""A traced conversation as data: what was called, what was said, and what follows from both.

Times are ns since the epoch (CLOCK_REALTIME), in the tracer's record and in the talker's alike, so
the two can be laid side by side. Under a tracer every call is slower: durations are for ratios.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.trace.look import Look

UNKNOWN = "unknown"
"""Said wherever what was seen does not decide."""

Lane = Literal["application", "kernel", "helper"]


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of one thread. `started` is when the tracer saw it begin, `took` how long it
    was inside the kernel, in ns. `ended` is a time by which it had returned, None where it never
    did: the tracer writes down a call's beginning before it lets it go on, so that the end is later
    than the sum of the two. `value` is what it returned, None where that is unknown; `error` the
    errno's name, empty without one; `shown` the tracer's reading of the result (`in [5]`); `gave`
    what the descriptor is that it returned."""

    thread: int
    name: str
    args: tuple[str, ...]
    started: int
    ended: int | None
    took: int
    value: int | None
    error: str = ""
    shown: str = ""
    gave: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it was delivered to a thread; `code` is si_code, which says who sent it, `fd` the
    descriptor that it is about, -1 where it names none."""

    thread: int
    at: int
    name: str
    code: str
    fd: int = -1


@dataclass(frozen=True, slots=True)
class Record:
    """All that the tracer saw, from the server's first instruction on. `process` says of each
    thread in which process it is, `born` when it was made (absent for the first), `parent` of each
    process which one made it."""

    calls: tuple[Call, ...]
    """In the order in which they began."""
    signals: tuple[Signal, ...]
    process: Mapping[int, int]
    born: Mapping[int, int]
    unread: int
    """Lines that could not be read."""
    parent: Mapping[int, int] = field(default_factory=dict)
    tables: Mapping[int, int] = field(default_factory=dict)
    """Of each process that shares the descriptors of another (CLONE_FILES), that other."""
    narrow: frozenset[int] = frozenset()
    """Threads that were seen to make 32-bit calls."""
    by_thread: Mapping[int, tuple[Call, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        threads: dict[int, list[Call]] = {}
        for call in self.calls:
            threads.setdefault(call.thread, []).append(call)
        found = {thread: tuple(calls) for thread, calls in threads.items()}
        object.__setattr__(self, "by_thread", found)

    def table(self, thread: int) -> int:
        """The process whose descriptors the thread uses."""
        process = self.process.get(thread, thread)
        return self.tables.get(process, process)

    def of_thread(self, thread: int | None, since: int, until: int) -> tuple[Call, ...]:
        """The thread's calls that began in that time, and the one that it was in when the time
        began."""
        calls = self.by_thread.get(thread, ()) if thread is not None else ()
        first = max(0, bisect_left(calls, since, key=_started) - 1)
        return calls[first : bisect_right(calls, until, key=_started)]

    def between(self, since: int, until: int) -> tuple[Call, ...]:
        """The same of all threads, in the order in which the calls began."""
        found = [call for each in self.by_thread for call in self.of_thread(each, since, until)]
        return tuple(sorted(found, key=_started))


def _started(call: Call) -> int:
    return call.started


@dataclass(frozen=True, slots=True)
class Request:
    """A message of one client. Nobody had spoken since `quiet`; `replied` is None where the answer
    did not come while the client waited."""

    client: str
    text: str
    quiet: int
    sent: int
    replied: int | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the clients did. `ports` are their own, `opened` when they came, `watched` counts the
    silent connections beside them, `alone` says that no other client was answered while the first
    one was connected. `inodes` are those of the server's ends, where the kernel's table says them.
    Words, moments and the order of the clients were drawn with `seed`."""

    ports: Mapping[str, int]
    opened: Mapping[str, int]
    watched: int
    requests: tuple[Request, ...]
    began: int
    ended: int
    alone: bool
    seed: int = 0
    inodes: Mapping[str, int] = field(default_factory=dict)
    connected: int | None = None
    """Of the silent connections, those that came about; None: all."""
    unanswered: tuple[str, ...] = ()
    """Clients beside the first that spoke and were not answered."""

    silent: tuple[int, ...] = ()
    """Inodes of the server's ends of some connections that never spoke."""

    @property
    def connections(self) -> int:
        """All that came about."""
        return len(self.opened) + (self.watched if self.connected is None else self.connected)


@dataclass(frozen=True, slots=True)
class Accounting:
    """The kernel's figures for the same conversation without a tracer: context switches a request,
    CPU seconds a second while all clients were silent, and how long the second client's first
    request took, in ns (None: not while the first was connected)."""

    switches_per_request: float
    idle_cpu: float
    second_waited: int | None


@dataclass(frozen=True, slots=True)
class Border:
    """What sets of descriptors crossed between user and kernel as arguments, in bytes by call, and
    the events that were delivered for it."""

    bytes_in: Mapping[str, int]
    bytes_out: Mapping[str, int]
    events: int

    @property
    def per_event(self) -> float | None:
        """Bytes both ways; None where no event was delivered."""
        if not self.events:
            return None
        return (sum(self.bytes_in.values()) + sum(self.bytes_out.values())) / self.events


@dataclass(frozen=True, slots=True)
class Counts:
    """What was called between the first request and the last answer."""

    requests: int
    calls: Mapping[str, float]
    """Calls a request by name: those on sockets, multiplexers and waits, nothing else."""
    eagain_share: float | None
    """Of all attempts to read from a client, those in vain. None where nobody tried."""
    border: Border
    reader_threads: int
    """Threads and processes that read from clients."""
    copies_after_notification: float | None
    """Calls that copied a request's bytes after its notification, for each request."""
    wait_blocked_share: float
    """Share of the silence before a request in which the thread that waits for it slept."""
    new_threads: int
    new_processes: int
    epoll_mmaps: int
    """mmap(2) of an epoll descriptor: there is a tale that epoll shares memory in this way."""


@dataclass(frozen=True, slots=True)
class Classification:
    """Placed by what was seen; `because` are the observations in words, `unclear` why it is
    unknown where it is."""

    model: str
    notification_means: str
    """What a notification says: readiness, completion, nothing (there is none)."""
    synchrony: str
    """synchronous: the thread that serves copies; asynchronous: another does, before it is told."""
    blocking: str
    """blocking: the call that reads is where the thread slept."""
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


@dataclass(frozen=True, slots=True)
class Step:
    """A call in one request's timeline, what it returned and what the kernel did meanwhile; or,
    with no call, something that happened in the kernel. `news` is what its return tells. `phase` is
    wait, copy, reply, told or arrival."""

    lane: Lane
    thread: int
    started: int
    ended: int
    call: str
    result: str
    kernel: str
    phase: str
    news: str = ""
    who: str = ""
    """Its thread, where the figure has several."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One request in the manner of Stevens, UNP vol. 1, 6.2: from the silence before it to its
    answer. `arrived` is when the client sent it; phases in ns."""

    request: Request
    steps: tuple[Step, ...]
    began: int
    arrived: int
    wait_ns: int
    copy_ns: int
    total_ns: int
    title: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A coroutine that went on, between two system calls: seen only where it was asked for."""

    thread: int
    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Coroutines:
    """What went on in the server's own interpreter. `switches` counts how often another coroutine
    went on than before, `between` how many others did between a client's answer and the next
    read from it (the median), `blocked_in` the calls, other than a multiplexer, that its
    thread slept in."""

    threads: int
    tasks: int
    switches: int
    between: float
    blocked_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of one server from one traced conversation."""

    conversation: Conversation
    counts: Counts
    classification: Classification
    timeline: Timeline | None
    accounting: Accounting | None
    coroutines: Coroutines | None = None
    look: Look | None = None
