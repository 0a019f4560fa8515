"""`runner init homework`: a new assignment, complete and gradable."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from runner.cli.exit_codes import Exit
from runner.grade.scaffold import MADE_OF, scaffold, write
from runner.paths import LABS
from runner.results import shown
from runner.spec import Language


@click.group()
def init() -> None:
    """Makes a new folder that the other commands take."""


@init.command()
@click.argument("name")
@click.option(
    "--model",
    type=click.Choice(MADE_OF),
    default="epoll",
    show_default=True,
    help="The I/O model that submissions must follow.",
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(("c", "python")),
    multiple=True,
    default=("c",),
    show_default=True,
    help="A language in which submissions may be written. Repeatable.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="The folder in which the assignment is made.",
)
def homework(name: str, model: str, languages: tuple[str, ...], into: Path) -> int:
    """Makes the assignment NAME: handout, starter, checks, hidden checks, reference. It grades its
    own starter and reference at once, and is yours to edit."""
    chosen = tuple(cast("Language", each) for each in dict.fromkeys(languages))
    files = scaffold(name, model, chosen, LABS)
    folder = into / name
    write(folder, files)
    click.echo(f"{shown(folder)}: {len(files)} files; edit README.md, grade.yaml and starter/")
    for place in ("starter", "reference"):
        submission = shown(folder / place)
        click.echo(f"$ runner grade {shown(folder)} --submission {submission} --into tried")
    return Exit.OK
