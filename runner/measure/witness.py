"""The engine of one trial, which remembers the measured programs that it launched.

What the kernel denied to them belongs into the record of every kind of trial, and into the reason
of a failure that a denied call may have caused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.engine.box import (
    OWN_ROLES,
    Box,
    BuildError,
    Engine,
    MissingError,
    Program,
    Running,
    Say,
)
from runner.syscalls.denial import (
    EPOLL_MANY,
    MANY,
    POLL_MANY,
    PROCESSES,
    SELECT_MANY,
    SIGIO,
    THREADS,
    about,
    covers,
)

_REFUSED = re.compile(
    r"not implemented|\bENOSYS\b|\bErrno 38\b|can't start new thread|limit=(THREADS|PROCESSES)\b",
    re.IGNORECASE,
)
"""What programs print for ENOSYS. A filter is not the only cause of it, but under one the first to
name."""
_HELD = re.compile(r"\bheld (\d+) of ")
_BEFORE = 2
"""Lines above that may name the call: a traceback of Python ends with the error."""
_NOT_STARTED = re.compile(r"before READY|no READY line")
_WORDS = {
    THREADS: (r"pthread_create", r"threads?", r"thrd_create"),
    PROCESSES: (r"v?fork", r"posix_spawn", r"subprocess", r"process(es)?"),
    SIGIO: (r"fcntl", r"ioctl", r"O_ASYNC"),
    SELECT_MANY: tuple(covers("select")),
    POLL_MANY: tuple(covers("poll")),
    EPOLL_MANY: (r"epoll(_ctl)?",),
    "epoll_create1": (r"epoll",),
    "io_uring_setup": (r"io_uring\w*", r"uring"),
}


@dataclass(slots=True)
class Witness:
    """Implements Engine by another engine."""

    engine: Engine
    measured: list[tuple[Box, Running]] = field(default_factory=list)

    def denied(self) -> tuple[str, ...] | None:
        """What was denied to the measured programs and is in force; None where nothing was to be
        denied, or no program was launched."""
        asked = [(box, running) for box, running in self.measured if box.deny]
        if not asked:
            return None
        in_force = all("seccomp" in running.isolation for _, running in asked)
        return asked[0][0].deny if in_force else ()

    def hint(self, reason: str) -> str:
        """A clause for the reason of a failure that a denied call seems to have caused; empty
        where nothing says so."""
        denied = self.denied()
        if not denied:
            return ""
        logs = [running.stderr() for box, running in self.measured if box.deny]
        return hint(denied, "\n".join([reason, *logs]), started=not _NOT_STARTED.search(reason))

    @property
    def name(self) -> str:
        return self.engine.name

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        running = self.engine.launch(box, beside)
        if box.program.role not in OWN_ROLES:
            self.measured.append((box, running))
        return running

    def environment(self) -> dict[str, object]:
        return self.engine.environment()

    def exposed(self) -> Sequence[str]:
        return self.engine.exposed()

    def nofile_max(self) -> int:
        return self.engine.nofile_max()

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        return self.engine.prepare(programs, say)

    def free_port(self) -> int:
        return self.engine.free_port()

    def answers(self, seconds: float) -> bool:
        return self.engine.answers(seconds)

    def stays(self, seconds: float) -> bool:
        return self.engine.stays(seconds)

    def sweep(self, say: Say) -> int:
        return self.engine.sweep(say)

    def close(self) -> None:
        self.engine.close()


def hint(denied: Sequence[str], text: str, *, started: bool = True) -> str:
    """Names the denied calls that the text blames, all of them where it blames none. A program that
    has `started` and prints nothing of a refused call gets no clause, unless it held as few clients
    as one does that was refused a call about many."""
    if started and not _REFUSED.search(text):
        of_many = [name for name in denied if name in (SELECT_MANY, POLL_MANY, EPOLL_MANY)]
        held = _HELD.search(text)
        return _clause(of_many) if of_many and held and int(held[1]) < MANY else ""
    lines = re.split(r"\n| \| ", text)
    signs = [number for number, line in enumerate(lines) if _REFUSED.search(line)]
    near = "\n".join(line for n in signs for line in lines[max(0, n - _BEFORE) : n + 1])
    blamed = [name for name in denied if _mentions(near, name)] or denied
    return _clause(blamed)


def _clause(names: Sequence[str]) -> str:
    listed = ", ".join(map(about, names))
    return f'; denied here: {listed} (ENOSYS, "Function not implemented")'


def _mentions(text: str, name: str) -> bool:
    words = _WORDS.get(name, tuple(map(re.escape, covers(name))))
    # `select.poll()` of Python calls poll.
    return re.search(rf"\b({'|'.join(words)})\b(?!\.\w)", text, re.IGNORECASE) is not None
