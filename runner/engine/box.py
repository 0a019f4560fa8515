"""The interface of every engine: boxes in, running boxes out.

An engine knows boxes, never I/O models: a box is a program with limits, and it yields lines of
text, the operating system's accounting, and an exit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from runner.untrusted import clean

Say = Callable[[str], None]
"""Tells the user one line of progress; the engines themselves never print."""

Role = Literal["server", "probe", "fleet", "talker", "tracer"]
"""A server and a probe are a lab's and never trusted; the others are ours. A tracer sees the
processes of the box that it is launched beside, from outside: that box does not reach it."""

NOFILE_MOST = 1 << 20
"""Descriptors: the kernel's own default of fs.nr_open, and 64 times more than any experiment opens.
More is never asked for, whatever the machine grants: a server that closes or counts all that it may
have would take minutes with the 2^30 of some machines."""

OWN_ROLES = ("fleet", "talker", "tracer")

HOLD = """read -r go
if [ -n "$IOLAB_SITE" ]; then
    printf %s "$IOLAB_SITE" > /tmp/sitecustomize.py
    export PYTHONPATH="/tmp${PYTHONPATH:+:$PYTHONPATH}"
    unset IOLAB_SITE
fi
exec "$@"
"""
"""For sh: what a held box does first. The command then has the process id that was attached to.
What `IOLAB_SITE` holds is run by Python, where that is the command, before anything else."""
Language = Literal["c", "python"]


@dataclass(frozen=True, slots=True)
class Program:
    """A folder to be run: `server.c` or `server.py` of a lab, `probe.c` or `probe.py` of a probe,
    or the C sources of a tool of ours (the tracer is Debian's, and its folder that of its image). A
    `form` is another server of the same lab, in Python: `protocol` is `server_protocol.py`."""

    role: Role
    folder: Path
    language: Language
    form: str = ""

    @property
    def name(self) -> str:
        form = f"/{self.form}" if self.form else ""
        return f"{clean(self.folder.name)}{clean(form)} ({self.language})"

    @property
    def server(self) -> Path:
        """The source that a lab's server begins in."""
        form = f"_{self.form}" if self.form else ""
        return self.folder / f"server{form}.{'c' if self.language == 'c' else 'py'}"

    @property
    def source(self) -> Path:
        """The file that its banner is read from, and where a Python program begins."""
        if self.role == "probe":
            return self.folder / f"probe.{'c' if self.language == 'c' else 'py'}"
        return self.server


@dataclass(frozen=True, slots=True)
class Nofile:
    """RLIMIT_NOFILE, getrlimit(2): descriptor numbers below `soft` can be had."""

    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Box:
    """A program with its limits.

    `memory` in bytes (swap included), `pids` counts processes and threads, an empty `cpus` means
    not pinned, `label` is the trial's id: it ends up on whatever the engine makes. A box that is
    `held` begins when a line comes on its stdin: a tracer can be there before its first call.
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


@dataclass(frozen=True, slots=True)
class Usage:
    """One sample of the kernel's accounting of a box, all processes and threads together.

    CPU in ns since the box began (`user_ns` and `system_ns` in the kernel's tick, usually 10 ms;
    `cpu_ns` exact), `rss_bytes` resident user memory, `at_ns` CLOCK_MONOTONIC of the sample,
    `wait_ns` for which the first thread of each process could have run and had no CPU,
    `descriptors` the most that one of its processes has open; 0 where they are not counted.
    """

    at_ns: int
    cpu_ns: int
    user_ns: int
    system_ns: int
    rss_bytes: int
    processes: int
    threads: int
    voluntary_switches: int
    involuntary_switches: int
    wait_ns: int = 0
    descriptors: int = 0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a box ended: `code` 0..255, or the signal that ended it; `oom` when the kernel's
    memory limit did, `outside` when the engine knows that another program ended it."""

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
        """What the kernel granted, asked of the kernel (prlimit(2)), not of the request."""

    @property
    def pid(self) -> int:
        """Its first process, as this machine counts; 0 where it is none of this machine's."""

    @property
    def isolation(self) -> tuple[str, ...]:
        """What holds it: "net", "pid", "mount", "user", "ipc", "memory", "pids", "cpuset", ..."""

    @property
    def pinned(self) -> bool:
        """Whether it is held to the CPUs that its box names; true where the box names none."""

    def read_line(self, timeout: float) -> str | None:
        """The next line of stdout without its newline, None at its end. Lines are bounded
        (1 MiB), so is what is kept of them. Raises SilenceError."""

    def write_line(self, line: str) -> None:
        """To stdin. A box that no longer reads is no error here: its exit will show why."""

    def usage(self, *, memory: bool = True) -> Usage:
        """Raises EngineError when the box has gone. Without `memory` its rss_bytes may be 0: for
        a sample in the measured window, which the search for memory would disturb."""

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
        """What belongs beside every number: versions, storage driver, image ids, isolation that
        is lacking (key `lacks`, a list of sentences)."""

    def exposed(self) -> Sequence[str]:
        """What a hostile server could do on this machine because isolation is missing, in
        sentences: empty if a box confines it. Valid after `prepare`, even of no program."""

    def nofile_max(self) -> int:
        """The highest RLIMIT_NOFILE that a box can be given here, tried and not assumed.
        Valid after `prepare`."""

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        """Builds what the programs need (images, binaries), cached by content. What could not be
        built for a reason of its own is returned; what stops everything is raised (EngineError)."""

    def free_port(self) -> int:
        """A port that a server can bind: 9000 wherever boxes have a network namespace of their
        own, else one that nobody has at this moment."""

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
        """Removes every box that still runs and lets go of the daemon. Never raises."""
