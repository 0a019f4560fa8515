"""Chooses the engine: Docker where a daemon answers, else processes, with a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from runner.engine.box import (
    OWN_ROLES,
    BuildError,
    Engine,
    EngineError,
    MissingError,
    Program,
    Say,
)
from runner.engine.process import ProcessEngine
from runner.paths import LABS, PACKAGE
from runner.untrusted import clean

NAMES = ("auto", "docker", "process")


def choose(name: str, say: Say, closed: Sequence[Path] = ()) -> Engine:
    """`auto` never fails for want of a daemon; `docker` does, with the reason (EngineError).
    `closed` are paths that no server may be able to open, where servers run as processes."""
    if name == "process":
        return ProcessEngine(closed=closed)
    from runner.engine.docker import DockerEngine  # with Docker's client, which is slow to load

    refused = DockerEngine.refusal(say)
    if refused is None:
        say("engine: docker, a container for every server and fleet")
        return DockerEngine()
    if name == "docker":
        raise EngineError(f"no Docker daemon answers: {refused}; type --engine process")
    say(f"engine: process, because no Docker daemon answers ({refused})")
    return ProcessEngine(closed=closed)


def daemon_answers(seconds: float) -> bool:
    """Waits so long for a Docker daemon."""
    from runner.engine.docker import DockerEngine

    return DockerEngine.answers(seconds)


def likely(name: str) -> str:
    """What `choose` would take, without a word and without starting anything."""
    if name != "auto":
        return name
    from runner.engine.docker import DockerEngine

    return "process" if DockerEngine.refusal(lambda _: None) else "docker"


YOURS = "Type --trust if the folder is yours, or --engine docker if there is Docker"
GRADER = "Grade as root or with --engine docker; to try a server of your own at home, type --public"
ENGINE = click.option(
    "--engine",
    "engine_name",
    type=click.Choice(NAMES),
    default="auto",
    help="Where boxes run. auto: Docker where a daemon answers, else processes.",
)
TRUST = click.option(
    "--trust",
    is_flag=True,
    help="Run folders outside of labs/ even if this machine cannot confine them.",
)


def prepare(
    engine: Engine, programs: Sequence[Program], say: Say, *, trusted: bool, remedy: str = YOURS
) -> Mapping[Program, BuildError | MissingError]:
    """Builds the programs, after what dead runners left was removed. Returns what could not be
    built. Raises click.UsageError, EngineError."""
    engine.sweep(say)
    require_trust(engine, programs, say, trusted=trusted, remedy=remedy)
    return engine.prepare(programs, say)


def require_trusted_builds(engine: str, programs: Sequence[Program], *, trusted: bool) -> None:
    """No Dockerfile of a stranger is given to a daemon. Raises click.UsageError."""
    built = [each.given.build.resolve() for each in programs if each.given and each.given.build]
    theirs = [path for path in built if not path.is_relative_to(LABS)]
    if theirs and engine != "process" and not trusted:
        raise click.UsageError(
            f"{clean(str(theirs[0]))}: the daemon follows this file as root and with the network. "
            "Type --trust if it is yours"
        )


def require_trust(
    engine: Engine, programs: Sequence[Program], say: Say, *, trusted: bool, remedy: str = YOURS
) -> None:
    """Before anything of a stranger's folder is compiled or run. Raises click.UsageError, with what
    to type."""
    require_trusted_builds(engine.name, programs, trusted=trusted)
    folders = {each.folder.resolve() for each in programs if each.role not in OWN_ROLES}
    ours = (LABS, PACKAGE)
    foreign = sorted(each for each in folders if not any(map(each.is_relative_to, ours)))
    if trusted or not foreign:
        return
    engine.prepare([], say)  # what the engine needs itself: then it knows what it is granted
    exposed = engine.exposed()
    if exposed:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise click.UsageError(
            f"{clean(str(foreign[0]))}{others}: not a folder of labs/, and this machine cannot "
            f"confine a server in it: {'; '.join(exposed)}. {remedy}"
        )
