"""`runner regrade`: grades again, and lists which results changed and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from tabulate import tabulate

from runner.cli import engines
from runner.cli.exit_codes import Exit
from runner.cli.grade_many import ManyGradings
from runner.cli.terminal import out, tell
from runner.grade.assignment_folder import find_assignment
from runner.grade.begin import Order
from runner.grade.course import Course, Entry
from runner.grade.record import Grade
from runner.grade.regrade import changes, conditions
from runner.grade.whole_class import final_grade, grade_folders
from runner.grade.workspace import GradeFolder
from runner.plural import number_of
from runner.results import shown


@click.command()
@click.argument("old", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--assignment", help="Instead of the one that it was graded by.")
@engines.ENGINE
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default="regrades",
    show_default=True,
    help="Folder of the new grades; OLD is not changed.",
)
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=len(os.sched_getaffinity(0)))
@click.option("--seed", type=click.IntRange(0), help="Order and payloads; random by default.")
@engines.TRUST
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def regrade(
    old: Path,
    assignment: str | None,
    engine_name: str,
    into: Path,
    jobs: int,
    seed: int | None,
    trust: bool,
    quiet: bool,
) -> int:
    """Grades OLD again, the folder of a grade or of a class, by the assignment as it is now.

    Exit codes: 0 nothing changed, 1 a submission has fewer points than before, 4 another change."""
    before = _grades_in(old)
    source = find_assignment(assignment or _assignment_of(before))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    public = all(grade.public for _, grade in before)
    chosen = engines.likely(engine_name)
    untimed = all(grade.untimed for _, grade in before)
    order = Order(source, old, into / stamp, chosen, public, seed, untimed=untimed)
    given = [Entry(folder.path.resolve().name, folder.submission) for folder, _ in before]
    many = ManyGradings(order, engine_name, jobs, trust, quiet)
    course = many.course(order.load(), given)
    many.run(course)
    return _report(before, given, course, order)


def _grades_in(old: Path) -> list[tuple[GradeFolder, Grade]]:
    alone = os.path.lexists(old / "grade.json")
    chosen = [GradeFolder(old)] if alone else grade_folders(old)
    every = [(folder, grade) for folder in chosen if (grade := folder.grade()) is not None]
    kept = [(folder, grade) for folder, grade in every if folder.submission.is_dir()]
    if not kept:
        raise click.UsageError(f"{shown(old)} is no folder of a grade or of a class")
    for folder, _ in kept:
        changed = folder.verification().unfit(reports=False)
        if changed:
            tell(f"grade: {folder.shown} was changed since it was graded: {changed}")
    return kept


def _assignment_of(before: list[tuple[GradeFolder, Grade]]) -> str:
    names = {grade.assignment for _, grade in before}
    if len(names) > 1:
        raise click.UsageError(f"grades of several assignments: {', '.join(sorted(names))}")
    return names.pop()


def _report(
    before: list[tuple[GradeFolder, Grade]], given: list[Entry], course: Course, order: Order
) -> Exit:
    rows, reasons, lowered = [], [], False
    for (_, then), entry in zip(before, given, strict=True):
        now = final_grade(course, entry, order)
        differences = changes(then, now)
        lowered = lowered or now.earned < then.earned
        rows += [[entry.name, each.title, each.before, each.after] for each in differences]
        reasons += [line for line in _reasons(entry.name, then, now) if differences]
    count = number_of(len(before), "submission")
    if not rows:
        out(f"{count} graded again: no result changed; the new grades are in {shown(course.home)}")
        return Exit.OK
    heads = ["submission", "check", "before", "now"]
    out(tabulate(rows, headers=heads, disable_numparse=True))
    out("\n" + "\n".join(reasons))
    out(f"\n{count} graded again: {number_of(len(rows), 'result')} changed; the new grades are in "
        f"{shown(course.home)}")  # fmt: skip
    return Exit.FAILED if lowered else Exit.INCONCLUSIVE


def _reasons(name: str, then: Grade, now: Grade) -> Iterator[str]:
    for each in changes(then, now):
        yield f"{name}, {each.title}:"
        yield from (f"  {line}" for why in each.why for line in why.splitlines())
    yield from (f"{name}: {line}" for line in conditions(then, now))
