"""What each model can do by nature. The conformance suite tests the noes as well as the yeses."""

from dataclasses import dataclass
from pathlib import Path

LABS = Path(__file__).resolve().parents[2] / "labs"


TWINS = ("server.c", "server.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One row: a promise that a test holds the model to. The defaults are what epoll can do."""

    concurrent: bool = True
    """Serves a second client while the first says nothing. If not, the second must wait."""
    past_1024: bool = True
    """Accepts descriptors of 1024 and more. If not, it refuses the first with limit=FD_SETSIZE."""
    sleeps: bool = True
    """Costs no processor time while all clients are idle. If not, it never sleeps at all."""
    thread_each: bool = False
    """Needs a thread for every client. If so, it refuses with limit=THREADS when there is none."""
    process_each: bool = False
    """Needs a process for every client. If so, it refuses with limit=PROCESSES."""
    at_once: int | None = None
    """How many silent clients it can listen to. The next one waits, as in posix_aio, whose
    operations each need one of so many threads."""
    crowd: tuple[tuple[str, str], ...] = ()
    """The setting with which it listens to more than a thousand all the same."""
    obeys_lower_limit: bool = True
    """Refuses at a limit that was lowered while it waited. If not, the old one holds on."""
    idle_bytes: int = 64
    """The most user memory that an idle client may cost the server in C."""
    ring_bytes: int = 0
    """Its ring's provided buffers, shared by all clients."""
    stuck_bytes: int = 64 * 1024
    """The most user memory that a client who does not read may cost."""
    log: str = ""
    """A pattern of all that it may say on stderr while nothing is wrong."""
    sources: tuple[str, ...] = TWINS
    """What the folder holds: twins, unless one language has no such thing."""
    own_module: bool = False
    """The suite looks at one process, and watches it sleep. Whoever has several, or never sleeps,
    is held to what is on the wire by a module of its own."""

    @property
    def pool_bytes(self) -> int:
        """What its pool of threads may cost (stacks, arenas), however many clients there are, and
        its ring's buffers, of which the kernel touches more when it is quicker than the server."""
        return (self.at_once or 0) * 32 * 1024 + self.ring_bytes


# In the reading order of labs/README.md.
MODELS = {
    "blocking": Model(concurrent=False),
    "fork": Model(process_each=True, own_module=True),
    "prefork": Model(concurrent=False, own_module=True),
    "thread": Model(thread_each=True, idle_bytes=16 * 1024),
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

# asyncio's and uvloop's transports read 256 KiB at a time, their streams stop reading at 128 KiB,
# and both stop their writer at 64 KiB: each of these is a place where bytes may wait.
MODELS |= {
    "asyncio": Model(stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py")),
    "uvloop": Model(stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py")),
    "aecho": Model(sources=("server.py",)),
}

STREAMING = ("aplay",)
"""Labs with another contract than echo, and a test of their own."""


@dataclass(frozen=True, slots=True)
class Build:
    """How the source becomes a running server, and which measurements of it mean anything."""

    source: str
    flags: tuple[str, ...] = ()
    own_memory: bool = True
    """Its memory is the server's own: AddressSanitizer's shadow and quarantine are not."""


BUILDS = {
    "c": Build("server.c"),
    "c-sanitized": Build(
        "server.c",
        flags=("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
        own_memory=False,
    ),
    "python": Build("server.py"),
    "python-protocol": Build("server_protocol.py"),
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
