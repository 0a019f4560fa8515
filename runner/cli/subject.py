"""The one server that a command is about: a lab's, that of any folder, or one of a spec's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from runner.engine.box import Box, Engine, Language, Nofile, Program
from runner.measure.own_program import own_program
from runner.paths import LABS
from runner.spec import Exchange, OwnServer, chosen, load
from runner.spec.problem import did_you_mean

NOFILE = 4096
MEMORY = 1 << 30
PIDS = 2048
SOURCES: dict[Language, str] = {
    "c": "server.c",
    "python": "server.py",
    "dockerfile": "Dockerfile",
}
LANGUAGE = click.option(
    "--language",
    type=click.Choice(tuple(SOURCES)),
    help="Language of the server; default: C if there is one.",
)
SPEC = click.option(
    "--spec",
    type=click.Path(path_type=Path),
    metavar="SPEC",
    help="The spec whose `servers` has the NAME; default: the one that `runner run` takes.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """`environment` is what the server is given beside PORT and BACKLOG; `port` is one that it
    chooses itself."""

    program: Program
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    spoken: Exchange | None = None
    """What it is sent and replies, where it does not echo."""

    def box(self, engine: Engine, label: str) -> Box:
        most = min(engine.nofile_max(), NOFILE)
        port = self.port or engine.free_port()
        env = {**self.environment, "PORT": str(port), "BACKLOG": "4096"}
        return Box(self.program, (), env, Nofile(most, most), MEMORY, PIDS, (), label)


def subject_of(name: str, language: Language | None, spec: Path | None) -> Subject:
    """Raises click.UsageError with what to type, SpecError where `spec` is none."""
    if spec is None and (_is_folder(name) or (LABS / name.partition("/")[0]).is_dir()):
        return Subject(program_of(name, language))
    file = chosen(spec)
    suite = load(file, labs=False) if spec is not None or file.is_file() else None
    if suite is None or name not in suite.servers:
        own = tuple(suite.servers) if suite is not None else ()
        if spec is not None and not _is_folder(name) and not (LABS / name).is_dir():
            near = did_you_mean(name, own) or "its names are " + (", ".join(own) or "none")
            raise click.UsageError(f"{name}: no name under `servers` in {file}; {near}")
        return Subject(program_of(name, language, own))
    own_server, folder = suite.servers[name], suite.folder_of(name)
    if own_server.folder is None:
        if language is not None:
            raise click.UsageError(f"{name} is a {own_server.source}; leave --language out")
        if own_server.connect is not None:
            host, _, port = own_server.connect.partition(":")
            raise click.UsageError(f"{name} runs already; type: nc {host} {port}")
        program = own_program(name, own_server, folder)
        return _subject(program, own_server)
    if language is not None and own_server.language not in (None, language):
        raise click.UsageError(f"{name}: {file} says language: {own_server.language}")
    return _subject(program_of(str(folder), own_server.language or language), own_server)


def _subject(program: Program, own: OwnServer) -> Subject:
    return Subject(program, dict(own.environment), own.port, own.spoken)


def program_of(lab: str, language: Language | None, own: tuple[str, ...] = ()) -> Program:
    """A lab by its name or any folder by its path. Raises click.UsageError, with what to type."""
    name, _, form = lab.partition("/")
    other = Program("server", LABS / name, "python", form)
    if form and language != "c" and other.source.is_file():
        return other  # as in a spec: asyncio/protocol
    folder = Path(lab) if _is_folder(lab) else LABS / lab
    if not folder.is_dir():
        labs = [path.name for path in LABS.iterdir() if path.is_dir()]
        near = did_you_mean(lab, [*own, *labs]) or "see labs/"
        raise click.UsageError(f"{lab}: no lab and no folder of that name; {near}")
    there = [name for name, source in SOURCES.items() if os.path.lexists(folder / source)]
    if not there:
        known = ", ".join(SOURCES.values())
        raise click.UsageError(f"{lab}: none of {known} is in {folder}")
    if language is not None and language not in there:
        raise click.UsageError(f"{lab}: no {SOURCES[language]}; type --language {there[0]}")
    return Program("server", folder.resolve(), language or there[0])


def _is_folder(name: str) -> bool:
    return "/" in name or Path(name).is_dir()
