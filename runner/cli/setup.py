"""`runner setup` and `runner clean`: everything prepared, everything removed."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from runner import machine, session
from runner.cli.clusters import CLUSTER, ClusterOptions
from runner.cli.exit_codes import Exit
from runner.cli.terminal import tell
from runner.engine import doorway
from runner.engine.box import Engine, MissingError, Program
from runner.engine.docker import DockerEngine
from runner.engine.images import programs_of, remove
from runner.engine.process import ProcessEngine
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.paths import LABS, SPEC
from runner.session import Options
from runner.session.needs import programs_of as programs_of_plan


@click.command()
@click.option("--all", "every", is_flag=True, help="Of every lab, not only of experiments.yaml.")
def setup(every: bool) -> int:
    """Prepares every engine that this machine has: images and compiled programs, by content.

    Those that experiments.yaml names; a run makes what else it needs, within seconds.
    """
    began = time.monotonic()
    needed = [FLEET_PROGRAM, *TRACE_PROGRAMS, *(lab_programs() if every else _of_the_main_job())]
    tell("setup: servers as processes: compiling takes about 15 s, the first time")
    ready = [_prepared(ProcessEngine(), needed)]
    refusal = DockerEngine.refusal(tell)
    if refusal is None:
        if ready[0]:
            tell(f"setup: processes are ready: {_typed()} run --quick --engine process")
        tell("setup: servers in containers: images take about two minutes, the first time")
        ready.append(_prepared(DockerEngine(), needed))
    else:
        tell(
            f"setup: no Docker daemon answers ({refusal}): runs will use processes, and "
            "Compose cannot be used"
        )
    if any(ready):
        tell(f"setup: ready after {time.monotonic() - began:.0f} s; type: {_typed()} run --quick")
    return Exit.OK if any(ready) else Exit.NOTHING_RAN


@click.command()
@click.option("--images", "with_images", is_flag=True, help="Also remove the lab's images.")
@CLUSTER
def clean(
    with_images: bool,
    cluster: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> int:
    """Removes leftovers of ended runs: containers, networks, processes. Keeps live ones. With
    --cluster on its hosts, and not here."""
    asked = ClusterOptions.of(cluster, tls_ca, tls_cert, tls_key)
    if asked.address is not None:
        return _clean_hosts(asked)
    for engine in _engines():
        with closing(engine):
            tell(f"clean: {engine.sweep(tell)} left-over boxes of engine {engine.name} removed")
            if with_images and isinstance(engine, DockerEngine):
                tell(f"clean: {remove(engine.client, everything=True)} images removed")
    return Exit.OK


def _engines() -> list[Engine]:
    own: list[Engine] = [ProcessEngine()]
    if DockerEngine.refusal() is None:
        own.append(DockerEngine())
    return own


def swept_here(_coordinator: str) -> dict[str, int]:
    """On a host of a cluster: how many boxes of each engine were removed."""
    found = {}
    for engine in _engines():
        with closing(engine):
            found[engine.name] = engine.sweep(lambda _line: None)
    doorway.sweep()
    return found


def _clean_hosts(asked: ClusterOptions) -> int:
    """Where a host does not answer, what it has left is not known."""
    with asked.connected("auto", tell) as link:
        from runner.cluster.gathering import swept

        found = swept(link, swept_here)
    for host, said in found.items():
        tell(f"clean: host {host}: {said}")
    known = all(said.endswith("removed") for said in found.values())
    return Exit.OK if known else Exit.INFRASTRUCTURE


def _prepared(engine: Engine, needed: Sequence[Program]) -> bool:
    """Whether the engine can run boxes; what is missing is said, with its remedy."""
    with closing(engine):
        unbuilt = engine.prepare(needed, tell)
    for program, problem in unbuilt.items():
        tell(f"setup: engine {engine.name}: {program.name}: {problem}")
        if isinstance(problem, MissingError) and program is FLEET_PROGRAM:
            break
    return FLEET_PROGRAM not in unbuilt


def _of_the_main_job() -> list[Program]:
    options = Options(str(SPEC), "auto", (), (), None, None, quick=False, full=False)
    _, suite = session.load(options, None)
    return programs_of_plan(options.plan(suite, machine.nofile_hard()))


def _typed() -> str:
    """The command as this shell finds it."""
    found = shutil.which("runner")
    own = Path(sys.argv[0])
    return "runner" if found and Path(found).resolve() == own.resolve() else str(own)


def lab_programs() -> list[Program]:
    return programs_of(LABS)
