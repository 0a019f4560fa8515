"""An own server that is no folder, as the program of a box."""

from __future__ import annotations

from pathlib import Path

from runner.engine.box import Language, Program
from runner.engine.given import FOLDER, Given, Ready
from runner.spec import OwnServer, located, program_file


def own_program(name: str, own: OwnServer, base: Path) -> Program:
    """`base` is the folder of the spec."""
    language: Language = "command" if own.command else "image"
    return Program("server", base, language, given=_given(name, own, base))


def _given(name: str, own: OwnServer, base: Path) -> Given:
    words = own.command or ()
    files = [located(base, typed) for typed in own.files]
    program = None if own.image or own.build else program_file(own, base)
    if program is not None:
        words = (f"{FOLDER}/{program.name}", *words[1:])
        files += [program] if program not in files else []
    return Given(
        name=name,
        words=words,
        files=tuple(files),
        image=own.image or "",
        build=_dockerfile(located(base, own.build)) if own.build else None,
        port=own.port or 0,
        ready=_ready(own),
        programs=own.programs,
        modules=own.modules,
        install=own.install or "",
    )


def _dockerfile(path: Path) -> Path:
    return path / "Dockerfile" if path.is_dir() else path


def _ready(own: OwnServer) -> Ready:
    if own.ready is None or own.ready.port:
        return Ready()
    return Ready("log", own.ready.log) if own.ready.log else Ready("http", own.ready.http or "/")
