"""A traced conversation as data: system calls, requests, and the conclusions from both.

Times are ns since the epoch (CLOCK_REALTIME), in the tracer's record and in the talker's alike, so
the two can be laid side by side. Under a tracer every call is slower: durations are for ratios.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from runner.records.observed import Sighting
from runner.trace.classification import Classification
from runner.trace.look import Look

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
    """All that the tracer recorded, from the server's first instruction on. `process` says of each
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
    """Threads that made 32-bit calls."""
    mixed: frozenset[int] = frozenset()
    """Those of them that made 64-bit calls after that: no program of 32 bits does."""
    by_thread: Mapping[int, tuple[Call, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        threads: dict[int, list[Call]] = {}
        for call in self.calls:
            threads.setdefault(call.thread, []).append(call)
        by_thread = {thread: tuple(calls) for thread, calls in threads.items()}
        object.__setattr__(self, "by_thread", by_thread)

    def before(self, at: int) -> Record:
        """The calls and signals that began before that time."""
        calls = self.calls[: bisect_left(self.calls, at, key=_started)]
        return replace(self, calls=calls, signals=tuple(s for s in self.signals if s.at < at))

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
        calls = [call for each in self.by_thread for call in self.of_thread(each, since, until)]
        return tuple(sorted(calls, key=_started))


def _started(call: Call) -> int:
    return call.started


@dataclass(frozen=True, slots=True)
class Request:
    """A message of one client. No client had sent anything since `quiet`; `replied` is None if no
    reply came while the client waited."""

    client: str
    text: str
    quiet: int
    sent: int
    replied: int | None


@dataclass(frozen=True, slots=True)
class Burst:
    """Rounds in which clients send at the same moment: when the clients of all bursts began to
    connect, how many send, and when each round began and had ended."""

    began: int
    clients: int
    rounds: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The clients' side. `ports` are theirs, `opened` their connection times, `watched` the number
    of silent connections beside them; `alone` means that no other client got a reply while the
    first one was connected. `inodes` are those of the server's ends, where the kernel's table shows
    them. Texts, times and the order of the clients were drawn with `seed`."""

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
    """How many silent connections were established; None: all."""
    unanswered: tuple[str, ...] = ()
    """Clients, other than the first, that sent a request and got no reply."""

    silent: tuple[int, ...] = ()
    """Inodes of the server's ends of some silent connections."""
    bursts: tuple[Burst, ...] = ()
    """After the conversation, while it was traced."""

    @property
    def connections(self) -> int:
        """The number of established connections."""
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
class SyscallBytes:
    """Bytes of descriptor sets that were copied between user and kernel as arguments, by call, and
    the number of events that these calls delivered."""

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
    """Counts of the calls between the first request and the last reply."""

    requests: int
    calls: Mapping[str, float]
    """Calls a request by name: those on sockets, multiplexers and waits, nothing else."""
    eagain_share: float | None
    """The share of all reads from clients that failed with EAGAIN; None without any read."""
    syscall_bytes: SyscallBytes
    reader_threads: int
    """Threads and processes that read from clients."""
    copies_after_notification: float | None
    """Calls that copied a request's bytes after its notification, for each request."""
    wait_blocked_share: float
    """Share of the silence before a request in which the waiting thread was blocked."""
    new_threads: int
    new_processes: int
    epoll_mmaps: int
    """mmap(2) of an epoll descriptor: many texts claim that epoll shares memory in this way."""
    event_loops: tuple[str, ...] = ()
    """Libraries with an event loop whose files the server opened."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call in one request's timeline, what it returned and what the kernel did meanwhile; or,
    with no call, an event in the kernel. `news` is what its return means. `phase` is wait, copy,
    reply, notification or arrival."""

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
    """Its thread, if the figure has several."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One request in the manner of Stevens, UNP vol. 1, 6.2: from the silence before it to its
    reply. `arrived` is when the client sent it; phases in ns."""

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
    """A coroutine that was resumed, between two system calls; recorded only with --coroutines."""

    thread: int
    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Coroutines:
    """The coroutines in the server's interpreter. `switches` counts resumptions of another
    coroutine than the last one, `between` how many others ran between a reply to a client and the
    next read from it (the median); `blocked_in` are the calls, other than a multiplexer, that
    blocked."""

    threads: int
    tasks: int
    switches: int
    between: float
    blocked_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The result of one traced conversation with one server."""

    conversation: Conversation
    counts: Counts
    classification: Classification
    timeline: Timeline | None
    accounting: Accounting | None
    coroutines: Coroutines | None = None
    look: Look | None = None
    sightings: tuple[Sighting, ...] = ()
    """The same look in the words of a trial's record: in short silences, and in the long one."""
