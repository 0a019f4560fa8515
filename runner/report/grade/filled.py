"""A platform's table with marks in it, and what the instructor should know before uploading it.
Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from runner.grade.record import Grade
from runner.report.grade import mark
from runner.report.grade.sheet import Sheet, SheetError
from runner.untrusted import clean

_NUMBER = re.compile(r"\s*(\d{1,9})(?:([.,])(\d{1,9}))?\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """What an instructor may say about a table: `column` takes the marks, `feedback` the comments
    (Moodle), `students` is the row for a submission whose name does not say it."""

    column: str = ""
    feedback: str = ""
    students: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """`written` is how many rows have a mark. `problems` keep a mark from its row; `notes` do
    not."""

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
    """The mark, in the platform's scale where that has another maximum than the assignment. With
    `more` a bonus may lead beyond the maximum."""
    points = mark.total(grade) if more else mark.capped(grade)
    if highest is None or not grade.points:
        return mark.rounded(points, 2)
    return mark.rounded(float(Decimal(str(points)) * highest / Decimal(str(grade.points))), 2)


def not_gradable(grades: Mapping[str, Grade]) -> list[str]:
    return [
        f"{clean(name)}: not gradable, its row stays as it was"
        for name, grade in grades.items()
        if not mark.counts(grade)
    ]


def replaced(sheet: Sheet, cells: Mapping[tuple[int, int], str]) -> list[str]:
    """One sentence where marks differ from those that the table had."""
    changed = lower = 0
    for (row, column), text in cells.items():
        before, now = number_in(sheet.rows[row].text(column)), number_in(text)
        if before is not None and now is not None and before != now:
            changed += 1
            lower += now < before
    return [f"{changed} marks differ from those in the table, {lower} are lower"] if changed else []
