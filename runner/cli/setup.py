"""`runner setup` and `runner clean`: everything prepared, everything removed."""

from __future__ import annotations

from contextlib import closing

import click

from runner.cli.exit_codes import Exit
from runner.cli.terminal import tell
from runner.engine.box import Engine, MissingError, Program
from runner.engine.docker import DockerEngine
from runner.engine.images import programs_of, remove, write_env
from runner.engine.process import ProcessEngine
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.paths import CHECKOUT, LABS, ROOT


@click.command()
def setup() -> int:
    """Prepares every engine that this machine has: images and compiled programs, by content."""
    ready = [_prepared(ProcessEngine())]
    refusal = DockerEngine.refusal(tell)
    if refusal is None:
        ready.append(_prepared(DockerEngine()))
        if CHECKOUT:
            write_env(ROOT / ".env")
    else:
        tell(
            f"setup: no Docker daemon answers ({refusal}): runs will use processes, and "
            "docker-compose cannot be used"
        )
    return Exit.OK if any(ready) else Exit.NOTHING_RAN


@click.command()
@click.option("--images", "with_images", is_flag=True, help="Also remove the lab's images.")
def clean(with_images: bool) -> int:
    """Removes leftovers of ended runs: containers, networks, processes. Keeps live ones."""
    engines: list[Engine] = [ProcessEngine()]
    if DockerEngine.refusal() is None:
        engines.append(DockerEngine())
    for engine in engines:
        with closing(engine):
            tell(f"clean: {engine.sweep(tell)} left-over boxes of engine {engine.name} removed")
            if with_images and isinstance(engine, DockerEngine):
                tell(f"clean: {remove(engine.client, everything=True)} images removed")
    return Exit.OK


def _prepared(engine: Engine) -> bool:
    """Whether the engine can run boxes; what is missing is said, with its remedy."""
    with closing(engine):
        unbuilt = engine.prepare([FLEET_PROGRAM, *TRACE_PROGRAMS, *lab_programs()], tell)
    for program, problem in unbuilt.items():
        tell(f"setup: engine {engine.name}: {program.name}: {problem}")
        if isinstance(problem, MissingError) and program is FLEET_PROGRAM:
            break
    return FLEET_PROGRAM not in unbuilt


def lab_programs() -> list[Program]:
    return programs_of(LABS)
