"""A platform's table with grades in it, and what the instructor should know before uploading it.
Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from runner.grade.record import Grade
from runner.report.grade import score
from runner.report.grade.sheet import Sheet, SheetError
from runner.untrusted import clean

_NUMBER = re.compile(r"\s*(\d{1,9})(?:([.,])(\d{1,9}))?\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an instructor: `column` takes the points, `feedback` the comments (Moodle);
    `students` names the row of a submission whose own name does not."""

    column: str = ""
    feedback: str = ""
    students: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """`written` is how many rows have points. `problems` keep points from their row, `notes`
    do not."""

    content: bytes
    written: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def by_name(grades: Sequence[Grade]) -> dict[str, Grade]:
    """Raises SheetError where a name or the assignment is not one."""
    assignments = {grade.assignment for grade in grades}
    if len(assignments) > 1:
        shown = ", ".join(sorted(map(clean, assignments)))[:200]
        raise SheetError(f"a table takes the grades of one assignment; these are of {shown}")
    named = {grade.submission.name: grade for grade in grades}
    if len(named) < len(grades):
        names = [grade.submission.name for grade in grades]
        twice = sorted({clean(name) for name in names if names.count(name) > 1})
        raise SheetError(f"two submissions are called {', '.join(twice)[:200]}")
    return named


def number_in(text: str) -> Decimal | None:
    """A figure with a point or a comma; None for anything else."""
    found = _NUMBER.fullmatch(text)
    return Decimal(f"{found[1]}.{found[3] or 0}") if found else None


def decimal_sign(text: str) -> str:
    """The one that a figure of the table is written with: a point where none is."""
    found = _NUMBER.fullmatch(text)
    return (found[2] if found else None) or "."


def in_scale(grade: Grade, highest: Decimal | None, *, more: bool) -> Decimal:
    """The points, in the platform's scale where that has another maximum than the assignment. With
    `more` a bonus may lead beyond the maximum."""
    points = score.total(grade) if more else score.capped(grade)
    if highest is None or not grade.points:
        return score.rounded(points, 2)
    return score.rounded(float(Decimal(str(points)) * highest / Decimal(str(grade.points))), 2)


def not_gradable(grades: Mapping[str, Grade]) -> list[str]:
    return [
        f"{clean(name)}: not gradable, its row stays as it was"
        for name, grade in grades.items()
        if not score.counts(grade)
    ]


def replaced(sheet: Sheet, cells: Mapping[tuple[int, int], str]) -> list[str]:
    """One sentence where grades differ from those that the table had."""
    changed = lower = 0
    for (row, column), text in cells.items():
        before, now = number_in(sheet.rows[row].text(column)), number_in(text)
        if before is not None and now is not None and before != now:
            changed += 1
            lower += now < before
    return (
        [f"{changed} grades differ from those in the table, {lower} are lower"] if changed else []
    )
