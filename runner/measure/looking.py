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
from pathlib import Path

from runner.engine.accounting import descendants
from runner.trace.kinds import kind
from runner.trace.look import EPOLLET, LONG, OUTSIDE, Look, ThreadLook
from runner.trace.model import Call, Conversation
from runner.trace.numbers import name_of, numbers_are_known
from runner.trace.watching import Watched

MOST_THREADS = 256
"""Of a server with more threads only the first are looked at: the rest are of the same kinds."""
_TEXT_MAX = 1 << 20
_WATCHED = re.compile(
    r"^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+) .*?ino:\s*([0-9a-f]+)", re.MULTILINE
)
_NUMBER = re.compile(r"\d+")
_PENDING = re.compile(r"^  op=(\d+),", re.MULTILINE)
_ENTRIES, _REACH = 1, 0
"""Which argument of poll, and which of select, says how many descriptors the call waits for."""
_PROC = Path("/proc")

Thread = tuple[int, int]
"""The number of its process, and its own."""


@dataclass(slots=True)
class _Observed:
    """What was observed of each thread in some silences: in how many looks it existed and where it
    slept, and for how many ns of them it ran or waited for a CPU."""

    sleeps: dict[Thread, Counter[str]] = field(default_factory=dict)
    samples: Counter[Thread] = field(default_factory=Counter)
    busy: Counter[Thread] = field(default_factory=Counter)
    silent_ns: int = 0

    def add(self, more: _Observed) -> None:
        for each, where in more.sleeps.items():
            self.sleeps.setdefault(each, Counter()).update(where)
        self.samples.update(more.samples)
        self.busy.update(more.busy)
        self.silent_ns += more.silent_ns

    def threads(self) -> tuple[ThreadLook, ...]:
        return tuple(
            ThreadLook(each[0], dict(self.sleeps.get(each, {})), number, self._share(each))
            for each, number in self.samples.items()
        )

    def _share(self, each: Thread) -> float:
        return min(1.0, self.busy[each] / self.silent_ns) if self.silent_ns else 0.0


@dataclass(slots=True)
class Looker:
    """Samples of one server, taken at the moments that `converse` gives. `pid` is the server's
    first process in this machine's numbers, 0 where the process is not on this machine."""

    pid: int
    run: dict[Thread, int] = field(default_factory=dict)
    began: int = 0
    now: _Observed = field(default_factory=_Observed)
    short: _Observed = field(default_factory=_Observed)
    long: _Observed = field(default_factory=_Observed)
    lists: dict[tuple[int, int], dict[int, Watched]] = field(default_factory=dict)
    rings: list[int] | None = None
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
                    sleeps_in((self.pid, self.pid))
                except PermissionError as error:
                    self.lacks = f"{error.filename}: {error.strerror}"

    def before(self, at: int) -> None:
        """Just before a silence."""
        self.began, self.now = at, _Observed()
        self.run = {} if self.lacks else {each: _busy(each) for each in self._threads()}

    def during(self) -> None:
        if self.lacks or self.hides:
            return
        for each in self._threads():
            try:
                where = sleeps_in(each)
            except PermissionError as error:
                if _ended(each):
                    continue  # a first thread that has ended: now only root may look at it
                self.hides = f"{error.strerror}: {Path(str(error.filename)).name}"
                return
            except OSError:
                continue  # it has just ended
            if where == OUTSIDE and _ended(each):
                continue  # a first thread without which the process lives on
            self.now.samples[each] += 1
            if where:
                self.now.sleeps.setdefault(each, Counter())[where] += 1

    def after(self, at: int) -> None:
        """Just after it."""
        self.now.silent_ns = at - self.began
        for each, before in self.run.items():
            self.now.busy[each] += max(0, _busy(each) - before)
        (self.long if self.now.silent_ns >= LONG else self.short).add(self.now)
        if not self.lacks:
            self.tables()

    def look(self, conversation: Conversation, idle_cpu: float) -> Look:
        """All that was observed."""
        threads = self.short.threads()
        return Look(
            threads=threads,
            long=self.long.threads(),
            edges=self._edges(),
            rings=None if self.rings is None else tuple(self.rings),
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
        for pid, thread in self._threads():
            with suppress(OSError):
                status = _text(_PROC / str(pid) / "task" / str(thread) / "status")
                count += "\nTracerPid:\t0\n" in status and "\nState:\tZ" not in status
        return count

    def _threads(self) -> Iterator[Thread]:
        left = MOST_THREADS
        for pid in (self.pid, *descendants(self.pid)):
            with suppress(OSError):
                for task in sorted((_PROC / str(pid) / "task").iterdir()):
                    if left == 0:
                        return
                    left -= 1
                    yield pid, int(task.name)

    def tables(self) -> None:
        """The newest state of all epoll descriptors and rings."""
        self.lists, there = {}, False
        pending: list[int] = []
        threads: dict[int, list[Thread]] = {}
        for each in self._threads():
            threads.setdefault(each[0], []).append(each)
        for pid, own in threads.items():
            with suppress(OSError):
                # All threads of a process share its descriptors, but one that has ended has none.
                holder = next((each for each in own if not _ended(each)), own[0])
                shown = _PROC / str(pid) / "task" / str(holder[1])
                for entry in (shown / "fd").iterdir():
                    target = entry.readlink().name
                    if target not in ("anon_inode:[eventpoll]", "anon_inode:[io_uring]"):
                        continue
                    text = _text(shown / "fdinfo" / entry.name)
                    if "eventpoll" in target:
                        self.lists[pid, int(entry.name)] = dict(map(_watched, _rows(text)))
                    there = there or "PollList:" in text
                    pending += map(int, _PENDING.findall(text))
        self.rings = pending if there else None


def _rows(text: str) -> list[tuple[str, str, str, str]]:
    return _WATCHED.findall(text)


def _watched(row: tuple[str, str, str, str]) -> tuple[int, Watched]:
    """A descriptor, and what it is watched for. Its inode may be another file's than a socket's:
    then it is no client's."""
    number, events, data, inode = row
    bits = int(events, 16)
    names = ["EPOLLIN"] if bits & 1 else []
    names += ["EPOLLET"] if bits & EPOLLET else []
    watched = Watched(f"socket:[{int(inode, 16)}]", "|".join(names) or "0", str(int(data, 16)))
    return int(number), watched


def sleeps_in(thread: Thread) -> str:
    """The kind of call that the thread sleeps in, empty where it runs. Raises OSError."""
    pid, number = thread
    words = _text(_PROC / str(pid) / "task" / str(number) / "syscall").split()
    if not words or words[0] == "running":
        return ""
    if words[0] == "-1":
        return OUTSIDE
    args = [int(word, 16) for word in words[1:7]]
    name = name_of(int(words[0]))
    call = kind(Call(number, name, (), 0, None, 0, None)) or name
    if (call == "poll" and args[_ENTRIES] == 0) or (call == "select" and args[_REACH] == 0):
        return "pause"
    return _read_of(thread, args[0], call) if call in ("read", "splice") else call


def _read_of(thread: Thread, argument: int, call: str) -> str:
    """The kind of a read call by what it reads: `call` itself for a socket."""
    shown = _PROC / str(thread[0]) / "task" / str(thread[1])
    target = (shown / "fd" / str(argument & 0x7FFFFFFF)).readlink().name
    if target == "anon_inode:[signalfd]":
        return "signal"
    return call if target.startswith("socket:") else f"{call} of no socket"


def _ended(thread: Thread) -> bool:
    with suppress(OSError):
        status = _text(_PROC / str(thread[0]) / "task" / str(thread[1]) / "status")
        return "\nState:\tZ" in status or "\nState:\tX" in status
    return True


def _busy(thread: Thread) -> int:
    """ns on a CPU and ready for one; 0 where the kernel does not say."""
    with suppress(OSError, ValueError, IndexError):
        words = _text(_PROC / str(thread[0]) / "task" / str(thread[1]) / "schedstat").split()
        return int(words[0]) + int(words[1])
    return 0


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_TEXT_MAX).decode("ascii", "replace")
