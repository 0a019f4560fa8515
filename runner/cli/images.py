"""`runner images`: what is built, build it now, remove it."""

from __future__ import annotations

from contextlib import closing

import click
from tabulate import tabulate

from runner.cli.exit_codes import Exit
from runner.cli.setup import lab_programs
from runner.cli.terminal import tell
from runner.engine.box import EngineError
from runner.engine.docker import DockerEngine
from runner.engine.images import listing, remove, write_env
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.paths import CHECKOUT, ROOT


@click.group(invoke_without_command=True)
@click.pass_context
def images(context: click.Context) -> int:
    """Lists the lab's Docker images; `build` and `remove` act on them."""
    if context.invoked_subcommand is not None:
        return Exit.OK
    with closing(_engine()) as engine:
        rows = [
            [row.name, row.tag, f"{row.size / 1e6:,.0f}", row.created, "yes" if row.current else ""]
            for row in listing(engine.client)
        ]
    headers = ["image", "tag", "MB", "created", "current"]
    click.echo(tabulate(rows, headers=headers, disable_numparse=True) if rows else "no images")
    return Exit.OK


@images.command()
def build() -> int:
    """Builds what is missing or outdated, and the .env that docker-compose.yml reads."""
    with closing(_engine()) as engine:
        unbuilt = engine.prepare([FLEET_PROGRAM, *TRACE_PROGRAMS, *lab_programs()], tell)
        if CHECKOUT:
            write_env(ROOT / ".env")
            tell("images: .env has their tags; try one by hand: docker compose up select")
    for program, problem in unbuilt.items():
        tell(f"images: {program.name}: {problem}")
    return Exit.FAILED if unbuilt else Exit.OK


@images.command("remove")
@click.option("--all", "everything", is_flag=True, help="Also remove the current ones.")
def remove_images(everything: bool) -> int:
    """Removes outdated images of the lab, and nothing else."""
    with closing(_engine()) as engine:
        tell(f"images: {remove(engine.client, everything=everything)} removed")
    return Exit.OK


def _engine() -> DockerEngine:
    refusal = DockerEngine.refusal(tell)
    if refusal is not None:
        raise EngineError(f"no Docker daemon answers: {refusal}")
    return DockerEngine()
