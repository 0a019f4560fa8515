"""A program as the command of a box: its arguments, and the files that it needs there."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from runner.engine import compile as compiler
from runner.engine.box import OWN_ROLES, MissingError, Program, Say
from runner.engine.process import visible
from runner.engine.process.command import Command
from runner.engine.process.copies import copied
from runner.engine.process.given import given_command
from runner.engine.sources import OWN, sources_of

_LABS = "/labs"
_SERVER = f"{_LABS}/{OWN}"


def command_of(
    program: Program, labs: Path, cache: Path, say: Say, confined: compiler.Confined
) -> Command:
    """Raises BuildError, MissingError."""
    if program.given is not None:
        return given_command(program.given, cache, say)
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
        (*python, f"{_LABS}/{begin}"),
        (*python, str(copy / begin)),
        sights,
        _SERVER,
        sources.key,
        python=True,
    )


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
