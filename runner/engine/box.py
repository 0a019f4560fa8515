"""The interface of every engine: boxes in, running boxes out.

An engine knows boxes, never I/O models: a box is a program with limits, and it yields lines of
text, the operating system's accounting, and an exit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from runner.engine.given import Given
from runner.records.usage import Usage
from runner.untrusted import clean

Say = Callable[[str], None]
"""Tells the user one line of progress; the engines themselves never print."""

Role = Literal["server", "probe", "fleet", "talker", "tracer"]
"""A server and a probe belong to a lab and are never trusted; the other roles are tools of the
project. A tracer sees the processes of the box beside it from outside: that box cannot reach it."""

NOFILE_MOST = 1 << 20
"""Descriptors: the kernel's default of fs.nr_open, and 64 times more than any experiment opens. The
engines never request more, whatever the machine grants: a server that closes all possible
descriptors would take minutes with the 2^30 of some machines."""

OWN_ROLES = ("fleet", "talker", "tracer")

HOLD = """read -r go
if [ -n "$IOLAB_SITE" ]; then
    printf %s "$IOLAB_SITE" > /tmp/sitecustomize.py
    export PYTHONPATH="/tmp${PYTHONPATH:+:$PYTHONPATH}"
    unset IOLAB_SITE
fi
exec "$@"
"""
"""For sh: the first commands of a held box. The command then has the process id that the tracer
attached to. If the command is Python, it runs the content of `IOLAB_SITE` first."""
Language = Literal["c", "python", "dockerfile", "command", "image"]
"""`dockerfile`: any language; the folder's own Dockerfile says how the server is made. The last two
are servers that no folder of sources makes."""


@dataclass(frozen=True, slots=True)
class Program:
    """A folder to be run: `server.c` or `server.py` of a lab, `probe.c` or `probe.py` of a probe,
    or the C sources of a tool of ours (the tracer is Debian's, and its folder that of its image). A
    `form` is another server of the same lab, in Python: `protocol` is `server_protocol.py`. Of a
    server that is `given`, `folder` is that of the spec which gives it."""

    role: Role
    folder: Path
    language: Language
    form: str = ""
    given: Given | None = None

    @property
    def name(self) -> str:
        if self.given is not None:
            return f"{clean(self.given.name)} ({self.language})"
        form = f"/{self.form}" if self.form else ""
        return f"{clean(self.folder.name)}{clean(form)} ({self.language})"

    @property
    def server(self) -> Path:
        """The main source of a lab's server, or what says how it is made."""
        if self.language == "dockerfile":
            return self.folder / "Dockerfile"
        form = f"_{self.form}" if self.form else ""
        return self.folder / f"server{form}.{'c' if self.language == 'c' else 'py'}"

    @property
    def source(self) -> Path:
        """The main source: it holds the banner, and Python starts it."""
        if self.role == "probe":
            return self.folder / f"probe.{'c' if self.language == 'c' else 'py'}"
        return self.server


@dataclass(frozen=True, slots=True)
class Nofile:
    """RLIMIT_NOFILE, getrlimit(2): all descriptors are below `soft`."""

    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Box:
    """A program with its limits.

    `memory` in bytes (swap included), `pids` counts processes and threads, an empty `cpus` means
    not pinned, `label` is the trial's id: the engine puts it on all that it creates. A `held` box
    starts its command after a line on stdin, so that a tracer can attach before the first call.
    A box that is `outside` is in the machine's own network, so that it reaches what runs there, or
    is reached from there.
    `deny` are system calls that answer ENOSYS from the command's first instruction on, in the words
    of runner/syscalls/denial.py: they are in force where `isolation` has "seccomp".
    """

    program: Program
    args: tuple[str, ...]
    env: Mapping[str, str]
    nofile: Nofile
    memory: int
    pids: int
    cpus: tuple[int, ...]
    label: str
    held: bool = False
    deny: tuple[str, ...] = ()
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """How a box ended: `code` 0..255, or the signal that ended it; `oom` if the kernel's memory
    limit ended it, `outside` if the engine knows that another program ended it."""

    code: int | None
    signal: int | None = None
    oom: bool = False
    outside: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if self.oom:
            return "killed: out of memory"
        return f"signal {self.signal}" if self.signal else f"exit code {self.code}"


class EngineError(Exception):
    """The engine itself failed: infrastructure, never the server's fault."""


class CrowdError(Exception):
    """The processes of a box are too many, and start too quickly, for their figures to be read: the
    doing of its program."""


class MissingError(Exception):
    """A capability that this machine lacks: `what` is missing, `remedy` is what to type."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy


class BuildError(Exception):
    """A program's own sources do not compile; the text is the compiler's."""


class SilenceError(Exception):
    """No line came within the time that was given."""


class Running(Protocol):
    """A box that was launched. Reads and waits take seconds and never last longer."""

    @property
    def nofile(self) -> Nofile:
        """What the kernel granted, read from the kernel (prlimit(2)), not copied from the
        request."""

    @property
    def pid(self) -> int:
        """The id of its first process on this machine; 0 if it runs on another machine."""

    @property
    def isolation(self) -> tuple[str, ...]:
        """What confines it: "net", "pid", "mount", "user", "ipc", "memory", "pids", "cpuset",
        ..."""

    @property
    def pinned(self) -> bool:
        """Whether it is pinned to the CPUs that its box names; true if the box names none."""

    def read_line(self, timeout: float) -> str | None:
        """The next line of stdout without its newline, None at its end. Lines are bounded
        (1 MiB), so is what is kept of them. Raises SilenceError."""

    def write_line(self, line: str) -> None:
        """To stdin. A box that no longer reads is no error here: its exit will show why."""

    def usage(self, *, memory: bool = True) -> Usage:
        """Raises EngineError if the box has ended, CrowdError. Without `memory` rss_bytes may be 0:
        for a sample in the measured window, which reading the memory would disturb."""

    def exited(self, timeout: float) -> Exit | None:
        """Its exit, None while it still runs after `timeout`."""

    def stop(self, grace: float) -> Exit:
        """SIGTERM, then SIGKILL after `grace`; afterwards nothing of it is left."""

    def remove(self) -> None:
        """SIGKILL at once, and nothing of it is left. Idempotent, never raises."""

    def stderr(self) -> str:
        """The last 4 KiB of its log, control characters stripped."""


class Engine(Protocol):
    """Where boxes run: `process` or `docker`, or a fake with scripted output."""

    @property
    def name(self) -> str: ...

    def environment(self) -> dict[str, object]:
        """The conditions of every result: versions, storage driver, image ids, missing isolation
        (key `lacks`, a list of sentences)."""

    def exposed(self) -> Sequence[str]:
        """What a hostile server could do on this machine because isolation is missing, in
        sentences: empty if a box confines it. Valid after `prepare`, even of no program."""

    def nofile_max(self) -> int:
        """The highest RLIMIT_NOFILE that a box can get here, found by trial. Valid after
        `prepare`."""

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        """Builds what the programs need (images, binaries), cached by content. Returns the error of
        each program that could not be built; raises EngineError if nothing can be built."""

    def free_port(self) -> int:
        """A port that a server can bind: 9000 wherever boxes have a network namespace of their
        own, else one that is free at this moment."""

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        """Starts a box in a network namespace of its own with only loopback up, or in the one of
        `beside`. Raises EngineError."""

    def answers(self, seconds: float) -> bool:
        """Whether boxes can be launched; waits up to `seconds` for a daemon to come back. Never
        raises."""

    def stays(self, seconds: float) -> bool:
        """Whether the daemon, if there is one, keeps answering for so long. Never raises."""

    def sweep(self, say: Say) -> int:
        """Removes boxes of runners that have ended, found by labels or pid files; never those of a
        live runner. Returns how many."""

    def close(self) -> None:
        """Removes every box that still runs and closes the connection to the daemon. Never
        raises."""
