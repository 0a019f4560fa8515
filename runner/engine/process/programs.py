"""A program as the command of a box: its arguments, and the files that it needs there."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from runner.engine import compile as compiler
from runner.engine.box import OWN_ROLES, MissingError, Program, Say
from runner.engine.process import visible
from runner.engine.process.copies import copied
from runner.engine.sources import OWN, sources_of

_LABS = "/labs"
_SERVER = f"{_LABS}/{OWN}"


@dataclass(frozen=True, slots=True)
class Command:
    """`words` is the command in a box with its own root, laid out like an image; `bare` without
    one. `sights` are files of the machine and their paths in the box; `content` is a SHA-256."""

    words: tuple[str, ...]
    bare: tuple[str, ...]
    sights: tuple[tuple[Path, str], ...]
    folder: str
    content: str

    def python_path(self, *, confined: bool) -> dict[str, str]:
        """The folder of lab.py, as in an image: one folder above the server's."""
        script = Path((self.words if confined else self.bare)[-1])
        return {"PYTHONPATH": str(script.parents[1])} if len(self.words) > 1 else {}

    def options(self) -> list[str]:
        options = ["--folder", self.folder]
        for path, at in self.sights:
            options += ["--see", str(path), "--at", at]
        return options


def command_of(
    program: Program, labs: Path, cache: Path, say: Say, confined: compiler.Confined
) -> Command:
    """Raises BuildError, MissingError."""
    if program.role == "tracer":
        strace = shutil.which("strace")
        if strace is None:
            raise MissingError("no strace", "type: sudo apt-get install strace")
        return Command((strace,), (strace,), (), "/", _hash_of(Path(strace)))
    if program.language == "dockerfile":
        raise MissingError(
            "Docker", "a server with a Dockerfile runs in a container; type: --engine docker"
        )
    if program.language == "c":
        path = compiler.binary(program, labs, cache, say, confined)
        own = program.role in OWN_ROLES
        at = f"/iolab/{program.folder.name}" if own else f"{_SERVER}/server"
        return Command((at,), (str(path),), ((path, at),), str(Path(at).parent), _hash_of(path))
    sources = sources_of(program, labs)
    copy = copied(sources, cache)
    begin = sources.compiled[0]
    python = (sys.executable, "-B")
    sights = ((copy, _LABS), *((path, str(path)) for path in visible.python()))
    return Command(
        (*python, f"{_LABS}/{begin}"), (*python, str(copy / begin)), sights, _SERVER, sources.key
    )


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
