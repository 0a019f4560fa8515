"""What each model can do by nature. The conformance suite tests the noes as well as the yeses."""

from dataclasses import dataclass
from pathlib import Path

LABS = Path(__file__).resolve().parents[2] / "labs"


@dataclass(frozen=True, slots=True)
class Model:
    """One row: a promise that a test holds the model to."""

    concurrent: bool
    """Serves a second client while the first says nothing. If not, the second must wait."""
    past_1024: bool
    """Accepts descriptors of 1024 and more. If not, it refuses the first with limit=FD_SETSIZE."""
    thread_each: bool
    """Needs a thread for every client. If so, it refuses with limit=THREADS when there is none."""
    idle_bytes: int
    """The most user memory that an idle client may cost the server in C."""
    stuck_bytes: int = 64 * 1024
    """The most user memory that a client who does not read may cost."""
    sources: tuple[str, ...] = ("server.c", "server.py")
    """What the folder holds: twins, unless one language has no such thing."""


MODELS = {
    "blocking": Model(concurrent=False, past_1024=True, thread_each=False, idle_bytes=64),
    "thread": Model(concurrent=True, past_1024=True, thread_each=True, idle_bytes=16 * 1024),
    "select": Model(concurrent=True, past_1024=False, thread_each=False, idle_bytes=64),
    "poll": Model(concurrent=True, past_1024=True, thread_each=False, idle_bytes=64),
    "epoll": Model(concurrent=True, past_1024=True, thread_each=False, idle_bytes=64),
}

# asyncio's and uvloop's transports read 256 KiB at a time, their streams stop reading at 128 KiB,
# and both stop their writer at 64 KiB: each of these is a place where bytes may wait.
MODELS |= {
    "asyncio": Model(
        concurrent=True, past_1024=True, thread_each=False, idle_bytes=0,
        stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py"),
    ),
    "uvloop": Model(
        concurrent=True, past_1024=True, thread_each=False, idle_bytes=0,
        stuck_bytes=512 * 1024, sources=("server.py", "server_protocol.py"),
    ),
    "aecho": Model(
        concurrent=True, past_1024=True, thread_each=False, idle_bytes=0, sources=("server.py",)
    ),
}  # fmt: skip

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


VARIANTS = [
    Variant(lab, language)
    for lab, model in MODELS.items()
    for language, build in BUILDS.items()
    if build.source in model.sources
]
