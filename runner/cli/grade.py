"""`runner grade`: a submission, or a class of them, is graded by an assignment."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from runner import interrupt
from runner.cli import completing, engines
from runner.cli.calibrate import CalibrateCommand
from runner.cli.clusters import CLUSTER, ClusterOptions
from runner.cli.grade_class import ClassCommand
from runner.cli.grade_one import OneCommand
from runner.cli.in_time import InTime
from runner.cli.outputs import OUTPUT, parse_outputs, require_writable
from runner.grade.assignment_folder import find_assignment
from runner.grade.begin import Order
from runner.grade.course import ALL, UNTIMED
from runner.report.grade import (
    CLASS,
    FORMATS,
    LANGUAGES,
    SETTINGS,
    SettingError,
    View,
    require_settings,
)


@click.command()
@click.argument("assignment", shell_complete=completing.assignments)
@click.option(
    "--submission",
    type=click.Path(exists=True, path_type=Path),
    help="A folder, or a zip or tar archive of one.",
)
@click.option(
    "--submissions",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A class: a folder, each entry of which is a submission.",
)
@click.option(
    "--calibrate",
    type=click.IntRange(1, 1000),
    metavar="TIMES",
    help="Grade the reference against itself: with what chance would an equal server fail?",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=len(os.sched_getaffinity(0)),
    help="Of a class: how many are graded at once where no quiet machine is needed.",
    show_default="the number of CPUs",
)
@click.option(
    "--untimed",
    is_flag=True,
    help="Without the checks that judge times, as in a container with less than two CPUs.",
)
@click.option(
    "--within",
    metavar="TIME",
    help="Refuse to begin what cannot end in this time, such as 540s; begin no check too late.",
)
@click.option("--public", is_flag=True, help="Without the hidden checks, as students run it.")
@engines.ENGINE
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default="grades",
    show_default=True,
    help="Folder of the grades: INTO/ASSIGNMENT/NAME.",
)
@click.option("--name", help="Name of the grade's folder, instead of the submission's.")
@OUTPUT(
    help=f"Also write a report: {', '.join(FORMATS)}; of a class: {', '.join(CLASS)}; '-' is "
    "stdout. Repeatable.",
)
@click.option("--instructor", is_flag=True, help="Show hidden checks in full.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="Of the reports.")
@click.option(
    "--platform",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a platform says in its environment, such as CLASSROOM=cs101. Repeatable.",
)
@click.option("--seed", type=click.IntRange(0), help="Order and payloads; random by default.")
@click.option("--phase", type=click.Choice((UNTIMED, ALL)), hidden=True)
@click.option("--parent", type=click.IntRange(1), hidden=True)  # the runner of the class
@click.option("--on-host", hidden=True)  # of a cluster: the name of this one
@CLUSTER
@engines.TRUST
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def grade(
    assignment: str,
    submission: Path | None,
    submissions: Path | None,
    calibrate: int | None,
    jobs: int,
    untimed: bool,
    within: str | None,
    public: bool,
    engine_name: str,
    into: Path,
    name: str | None,
    outputs: tuple[str, ...],
    instructor: bool,
    lang: str,
    settings: tuple[str, ...],
    seed: int | None,
    phase: str | None,
    parent: int | None,
    on_host: str | None,
    cluster: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    trust: bool,
    quiet: bool,
) -> int:
    """Grades a submission by the checks of ASSIGNMENT, a name below labs/homework or a folder.

    The same command goes on with a grading that was interrupted. Exit codes: 0 all points, 1 points
    were lost, 4 a check was undecided or could not be graded."""
    if parent is not None:
        interrupt.end_with(parent)
    if sum(given is not None for given in (submission, submissions, calibrate)) != 1:
        raise click.UsageError(
            "type --submission with one of them, --submissions with a class, or --calibrate"
        )
    source = find_assignment(assignment)
    reports = parse_outputs(outputs, FORMATS if submission else CLASS)
    require_writable(reports)
    view = View(instructor, lang, _settings(settings))
    if any(each.format == "classroom50" for each in reports):
        _require(view)
    given = submission or submissions or Path()
    chosen = engines.likely(engine_name)
    order = Order(source, given, into, chosen, public, seed, name, untimed, on_host)
    asked = ClusterOptions.of(cluster, tls_ca, tls_cert, tls_key)
    if asked.address is not None and submissions is None:
        raise click.UsageError("--cluster is for a class: type --submissions")
    allowed = InTime.of(within)
    if within is not None and submission is None:
        raise click.UsageError("--within is for one submission: type --submission")
    if calibrate is not None:
        return CalibrateCommand(order, engine_name, calibrate, jobs, trust, quiet).run()
    if submission is not None:
        return OneCommand(order, engine_name, reports, view, phase, trust, quiet, allowed).run()
    if name is not None:
        raise click.UsageError("--name is for one submission; those of a class have their own")
    return ClassCommand(order, engine_name, asked, reports, view, jobs, trust, quiet).run()


def _settings(texts: Iterable[str]) -> dict[str, str]:
    """The settings of the environment; the options of the command win. Raises click.UsageError."""
    known = {name: os.environ[name] for name in SETTINGS if name in os.environ}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or name not in SETTINGS:
            hint = f"one of {', '.join(SETTINGS)}"
            raise click.UsageError(f"--platform {text}: type NAME=VALUE, where NAME is {hint}")
        known[name] = value
    return known


def _require(view: View) -> None:
    try:
        require_settings(view.settings)
    except SettingError as error:
        raise click.UsageError(f"-o classroom50: {error}") from None
