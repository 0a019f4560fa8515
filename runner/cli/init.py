"""`runner init`: new folders that the other commands take at once."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from runner.cli.exit_codes import Exit
from runner.grade.project import comparison, course
from runner.grade.scaffold import MADE_OF, scaffold, write
from runner.paths import LABS
from runner.results import shown
from runner.spec import Language


@click.group()
def init() -> None:
    """Makes a new folder that the other commands take."""


LANGUAGE = click.option(
    "--language",
    type=click.Choice(("c", "python")),
    default="c",
    show_default=True,
    help="The language of the servers.",
)


@init.command("comparison")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@LANGUAGE
def comparison_(folder: Path, language: str) -> int:
    """Makes DIR: a server of your own, a spec that compares it with select, poll and epoll, and a
    workflow for CI. It runs at once, and is yours to edit."""
    files = comparison(cast("Language", language), LABS)
    write(folder, files)
    click.echo(f"{shown(folder)}: {len(files)} files; edit my_server/ and compare.iolab.yaml")
    for command in ("run", "trace mine", "try mine --calls"):
        click.echo(f"$ cd {shown(folder)} && runner {command}")
    return Exit.OK


@init.command("course")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@LANGUAGE
def course_(folder: Path, language: str) -> int:
    """Makes DIR: a lecture that measures, two assignments with starters and references, two
    submissions to grade, and a workflow for CI. All of it runs at once, and is yours to edit."""
    files = course(cast("Language", language), LABS)
    write(folder, files)
    click.echo(f"{shown(folder)}: {len(files)} files; README.md is the plan")
    commands = ("run", "grade assignments/select --submissions handed-in -j 2")
    for command in commands:
        click.echo(f"$ cd {shown(folder)} && runner {command}")
    return Exit.OK


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
