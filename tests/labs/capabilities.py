"""What each model can do. The conformance suite also tests what a model cannot do."""

from dataclasses import dataclass
from pathlib import Path

LABS = Path(__file__).resolve().parents[2] / "labs"


TWINS = ("server.c", "server.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One row: the properties that tests check for the model. The defaults are those of epoll."""

    concurrent: bool = True
    """Serves a second client while the first is idle. If False, the second must wait."""
    past_1024: bool = True
    """Accepts descriptors of 1024 and above. If False, it refuses the first with
    limit=FD_SETSIZE.
    """
    sleeps: bool = True
    """Uses no CPU time while all clients are idle. If False, it never sleeps."""
    thread_each: bool = False
    """Needs a thread for every client. If True, it refuses with limit=THREADS without one."""
    process_each: bool = False
    """Needs a process for every client. If True, it refuses with limit=PROCESSES."""
    at_once: int | None = None
    """The number of idle clients that it can read from. The next one waits, as in posix_aio,
    where each operation needs one of the helper threads.
    """
    crowd: tuple[tuple[str, str], ...] = ()
    """The setting with which it can read from more than a thousand clients."""
    obeys_lower_limit: bool = True
    """Refuses at a limit that was lowered while it waited. If False, the old limit still
    applies.
    """
    idle_bytes: int = 64
    """The most user memory that an idle client may cost the server in C."""
    ring_bytes: int = 0
    """The memory of the ring's provided buffers, shared by all clients."""
    stuck_bytes: int = 64 * 1024
    """The most user memory that a client may cost that does not read."""
    log: str = ""
    """A pattern of the text that it may print on stderr without an error."""
    sources: tuple[str, ...] = TWINS
    """The sources in the folder: twins, unless one language has no such API."""
    own_module: bool = False
    """The suite examines one process and watches it sleep. A server with several processes, or
    one that never sleeps, is tested by a module of its own.
    """

    @property
    def pool_bytes(self) -> int:
        """The memory of its thread pool (stacks, arenas), independent of the number of clients,
        and of its ring's buffers: the kernel uses more of them when it is faster than the
        server.
        """
        return (self.at_once or 0) * 32 * 1024 + self.ring_bytes


# The reading order is that of labs/README.md (test_readmes.py).
MODELS = {
    "blocking": Model(concurrent=False),
    "fork": Model(process_each=True, own_module=True),
    "prefork": Model(concurrent=False, own_module=True),
    "thread": Model(thread_each=True, idle_bytes=16 * 1024),
    "prethread": Model(concurrent=False),
    "nonblocking": Model(sleeps=False, own_module=True),
    "select": Model(past_1024=False),
    "poll": Model(),
    "epoll": Model(),
    "epoll_et": Model(),
    "epoll_threads": Model(sources=("server.c",)),
    "sigio": Model(),
    "posix_aio": Model(at_once=20, crowd=(("AIO_THREADS", "1200"),), idle_bytes=20 * 1024),
    "io_uring": Model(
        obeys_lower_limit=False, stuck_bytes=256 * 1024, ring_bytes=256 * 4096,
        log=r"io_uring: [\w-]+ accept, [\w-]+ receive, buffer ring, \w+ completions\n",
    ),
}  # fmt: skip

# The transports of asyncio and uvloop read 256 KiB at a time, their streams stop reading at 128
# KiB, and both stop their writer at 64 KiB: bytes may wait in each of these places.
MODELS |= {
    "asyncio": Model(
        stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py", "server_buffered.py")
    ),
    "uvloop": Model(stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py")),
    "aecho": Model(sources=("server.py",)),
}

STREAMING = ("aplay",)
"""Labs with another contract than echo, and separate tests."""


@dataclass(frozen=True, slots=True)
class Build:
    """How to build the server from its source, and which measurements of it are meaningful."""

    source: str
    flags: tuple[str, ...] = ()
    own_memory: bool = True
    """Its memory is that of the server alone, without AddressSanitizer's shadow and quarantine."""


BUILDS = {
    "c": Build("server.c"),
    "c-sanitized": Build(
        "server.c",
        flags=("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
        own_memory=False,
    ),
    "python": Build("server.py"),
    "python-protocol": Build("server_protocol.py"),
    "python-buffered": Build("server_buffered.py"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One server under test."""

    lab: str
    language: str

    @property
    def model(self) -> Model:
        return MODELS[self.lab]

    @property
    def build(self) -> Build:
        return BUILDS[self.language]

    @property
    def source(self) -> Path:
        return LABS / self.lab / self.build.source

    def __str__(self) -> str:
        return f"{self.lab}-{self.language}"


def variants_of(*labs: str) -> list[Variant]:
    """Each of these labs in each way to build it."""
    return [
        Variant(lab, language)
        for lab in labs
        for language, build in BUILDS.items()
        if build.source in MODELS[lab].sources
    ]


VARIANTS = variants_of(*(lab for lab, model in MODELS.items() if not model.own_module))
