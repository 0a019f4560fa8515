"""What the kernel's tables (/proc) show of a server while all clients are silent: where each of its
threads sleeps, which sockets epoll watches and how, what io_uring has pending.

No tracer is attached, so the server cannot notice that it is looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from runner.engine.accounting import descendants
from runner.engine.as_owner import as_owner
from runner.measure.asleep import Sleep, Thread, asleep, ended, folder, text, threads_of, times
from runner.measure.descriptors import Descriptors
from runner.records.observed import MOST_THREADS
from runner.trace.look import LONG, OUTSIDE, Look, ThreadLook
from runner.trace.model import Conversation
from runner.trace.numbers import numbers_are_known
from runner.trace.watching import Watched

_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Observed:
    """What was observed of each thread in some silences: in how many looks it existed and where it
    slept, with the last call of each kind, for how many ns of them it ran or waited for a CPU, and
    for how many it ran."""

    sleeps: dict[Thread, Counter[str]] = field(default_factory=dict)
    calls: dict[tuple[Thread, str], Sleep] = field(default_factory=dict)
    samples: Counter[Thread] = field(default_factory=Counter)
    busy: Counter[Thread] = field(default_factory=Counter)
    ran: Counter[Thread] = field(default_factory=Counter)
    looks: int = 0
    silent_ns: int = 0

    def note(self, thread: Thread, sleep: Sleep | None) -> None:
        self.samples[thread] += 1
        if sleep is not None:
            self.sleeps.setdefault(thread, Counter())[sleep.kind] += 1
            self.calls[thread, sleep.kind] = sleep

    def add(self, more: Observed) -> None:
        for each, where in more.sleeps.items():
            self.sleeps.setdefault(each, Counter()).update(where)
        self.calls.update(more.calls)
        self.samples.update(more.samples)
        self.busy.update(more.busy)
        self.ran.update(more.ran)
        self.looks += more.looks
        self.silent_ns += more.silent_ns

    def threads(self) -> tuple[ThreadLook, ...]:
        return tuple(
            ThreadLook(
                each[0],
                dict(self.sleeps.get(each, {})),
                number,
                self.share(self.busy[each]),
                self.share(self.ran[each]),
            )
            for each, number in self.samples.items()
        )

    def share(self, ns: int) -> float:
        return min(1.0, ns / self.silent_ns) if self.silent_ns else 0.0


@dataclass(slots=True)
class Looker:
    """Samples of one server, taken at the moments that `converse` gives. `pid` is the server's
    first process in this machine's numbers, 0 where the process is not on this machine."""

    pid: int
    run: dict[Thread, tuple[int, int]] = field(default_factory=dict)
    began: int = 0
    now: Observed = field(default_factory=Observed)
    short: Observed = field(default_factory=Observed)
    long: Observed = field(default_factory=Observed)
    table: Descriptors = field(default_factory=Descriptors)
    lacks: str = ""
    hides: str = ""

    def __post_init__(self) -> None:
        """Called before the server starts to run its own code: what can be read of it then, it
        cannot forbid later without this being noticed."""
        if not self.pid:
            self.lacks = "the server is no process of this machine"
        elif not numbers_are_known():
            self.lacks = "the numbers of this machine's system calls are not known"
        else:
            with suppress(FileNotFoundError, ProcessLookupError):
                try:
                    with as_owner(self.pid):
                        asleep((self.pid, self.pid))
                except PermissionError as error:
                    self.lacks = f"{error.filename}: {error.strerror}"

    @property
    def lists(self) -> dict[tuple[int, int], dict[int, Watched]]:
        """The newest interest lists of all epoll descriptors."""
        return self.table.lists

    def before(self, at: int) -> None:
        """Just before a silence."""
        self.began, self.now = at, Observed()
        self.run = {} if self.lacks else {each: times(each) for each in self.threads()}

    def during(self) -> None:
        if self.lacks or self.hides:
            return
        self.now.looks += 1
        with as_owner(self.pid):
            self._sample()

    def _sample(self) -> None:
        for each in self.threads():
            try:
                sleep = asleep(each)
            except PermissionError as error:
                if ended(each):
                    continue  # a first thread that has ended: now only root may look at it
                self.hides = f"{error.strerror}: {Path(str(error.filename)).name}"
                return
            except OSError:
                continue  # it has just ended
            if sleep == Sleep(OUTSIDE) and ended(each):
                continue  # a first thread without which the process lives on
            self.now.note(each, sleep)

    def after(self, at: int) -> None:
        """Just after it."""
        self.finish(at)
        if not self.lacks:
            self.tables()

    def finish(self, at: int) -> None:
        """The same without the descriptors: reading those of a large epoll takes milliseconds."""
        self.now.silent_ns = at - self.began
        for each, (ran, waited) in self.run.items():
            then = times(each)
            self.now.ran[each] += max(0, then[0] - ran)
            self.now.busy[each] += max(0, sum(then) - ran - waited)
        (self.long if self.now.silent_ns >= LONG else self.short).add(self.now)

    def look(self, conversation: Conversation, idle_cpu: float) -> Look:
        """All that was observed."""
        threads = self.short.threads()
        pending = self.table.pending
        return Look(
            threads=threads,
            long=self.long.threads(),
            edges=self._edges(),
            rings=None if pending is None else tuple(pending),
            idle_cpu=idle_cpu,
            clients=tuple(inode for inode in conversation.inodes.values() if inode),
            connections=conversation.connections,
            silent=conversation.silent,
            lacks=self.lacks or ("" if threads or self.hides else "no thread was observed"),
            hides=self.hides,
        )

    def _edges(self) -> dict[int, bool]:
        return {
            int(_NUMBER.findall(each.info)[0]): "EPOLLET" in each.events.split("|")
            for listed in self.lists.values()
            for each in listed.values()
        }

    def unfollowed(self) -> int:
        """How many threads of a traced server have no tracer attached."""
        count = 0
        for each in self.threads():
            with suppress(OSError):
                status = text(folder(each) / "status")
                count += "\nTracerPid:\t0\n" in status and "\nState:\tZ" not in status
        return count

    def threads(self) -> Iterator[Thread]:
        """The first of them."""
        processes = (self.pid, *descendants(self.pid))
        yield from islice(threads_of(processes), MOST_THREADS)

    def tables(self) -> None:
        """The newest state of all descriptors."""
        threads: dict[int, list[Thread]] = {}
        for each in self.threads():
            threads.setdefault(each[0], []).append(each)
        with as_owner(self.pid):
            self.table.read(threads)
