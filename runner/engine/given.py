"""A server that is no folder of sources: a command, or an image. It need not keep the contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PORT, FOLDER, PYTHON = "{port}", "{folder}", "{python}"
"""What a word of a command may hold: the port to listen on, the folder of the server's files; and
as the first word the Python that runs the runner."""
PYTHON_IN_IMAGE = "python3"


@dataclass(frozen=True, slots=True)
class Ready:
    """How one knows that a server serves: a socket listens (`port`), a line of its output matches
    the pattern `about` (`log`), or a request for the path `about` is answered (`http`)."""

    by: Literal["port", "log", "http"] = "port"
    about: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """`name` is the spec's. `words` are the command; empty for what an image starts itself. `files`
    lie in its working folder under their own names, the program among them if its first word is a
    path. `image` is one of the daemon's, or made from the Dockerfile `build`; `port` a port that
    the server chooses, 0 where it takes the one that it is given. `programs` are those that it
    starts itself, `modules` those that the runner's Python must have, and `install` is what to type
    where one is missing."""

    name: str
    words: tuple[str, ...]
    files: tuple[Path, ...] = ()
    image: str = ""
    build: Path | None = None
    port: int = 0
    ready: Ready = Ready()
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    install: str = ""

    @property
    def in_image(self) -> str:
        """The image in words; empty where the user named none."""
        return self.image or (f"built from {self.build.name}" if self.build else "")

    def command(self, port: str, folder: str) -> tuple[str, ...]:
        """Its words where its files are in that folder."""
        return tuple(word.replace(PORT, port).replace(FOLDER, folder) for word in self.words)
