"""The gradebook that a teacher exported from Canvas, with the grades of one assignment filled in.
Pure.

Canvas finds an assignment by the number in its header, so the column must be one that Canvas wrote:
a header without a number would make a new assignment. A cell that is emptied would take points
away, so the row of a submission without a score stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from runner.grade.record import Grade
from runner.report.grade import score
from runner.report.grade.filled import (
    Filled,
    Options,
    by_name,
    decimal_sign,
    in_scale,
    not_gradable,
    number_in,
    replaced,
)
from runner.report.grade.sheet import Row, Sheet, SheetError, column_named, read_sheet
from runner.report.grade.students import CANVAS, Known, matched
from runner.report.grade.view import View
from runner.untrusted import clean

_ASSIGNMENT = re.compile(r"(.*) \((\d+)\)")
_NOT_TAKEN = ("n/a", "ex")
"""Not given to this student; excused. Both stay."""


def fill_canvas(
    content: bytes, grades: Sequence[Grade], view: View, options: Options | None = None
) -> Filled:
    """Raises SheetError."""
    del view  # nothing but figures is written
    options = options or Options()
    sheet = read_sheet(content)
    heads = [cell.text.strip() for cell in sheet.rows[0].cells]
    names = _name_columns(heads)
    column = _column(heads, grades, options)
    worth, sign = _points_possible(sheet, column)
    rows = _students(sheet, names, column)
    named = by_name(grades)
    known = {number: _known(row, names, heads) for number, row in rows.items()}
    found = matched(list(named), known, CANVAS, options.students or {})
    cells: dict[tuple[int, int], str] = {}
    left: list[str] = []
    for name, number in found.rows.items():
        before = rows[number].text(column).strip()
        if not score.counts(named[name]):
            continue
        if before.casefold() in _NOT_TAKEN:
            left.append(f"{clean(name)}: Canvas has {before!r}, its row stays as it was")
            continue
        scaled = in_scale(named[name], worth, more=True)
        cells[number, column] = f"{scaled:f}".replace(".", sign)
    notes = (*not_gradable(named), *left, *replaced(sheet, cells))
    return Filled(sheet.with_cells(cells), len(cells), found.faults, notes)


def _name_columns(heads: list[str]) -> int:
    """How many columns hold the name: Student, or LastName and FirstName."""
    for names, first in ((1, ("student",)), (2, ("lastname", "firstname"))):
        if tuple(head.casefold() for head in heads[: names + 1]) == (*first, "id"):
            return names
    raise SheetError(
        f"line 1: found {clean(', '.join(heads[:3]))[:80]!r} where Canvas writes 'Student, ID': "
        "export the gradebook again"
    )


def _column(heads: list[str], grades: Sequence[Grade], options: Options) -> int:
    offered = {
        number: found for number, head in enumerate(heads) if (found := _ASSIGNMENT.fullmatch(head))
    }
    wanted = (
        {options.column.casefold()}
        if options.column
        else {text.casefold() for grade in grades for text in _titles(grade)}
    )
    fits = [
        number
        for number, found in offered.items()
        if wanted & {found[0].casefold(), found[1].casefold(), found[2]}
    ]
    if len(fits) == 1:
        return fits[0]
    if options.column and not fits:
        column_named([heads[number] for number in offered], options.column, "--column")
    what = f"{len(fits)} columns could be" if fits else "no column is"
    shown = "; ".join(clean(heads[number]) for number in offered)[:300] or "none with a number"
    raise SheetError(
        f"line 1: {what} this assignment; name it by --column: {shown}. An assignment must be in "
        "Canvas before its grades"
    )


def _titles(grade: Grade) -> tuple[str, ...]:
    return tuple(filter(None, (grade.title, grade.title_zh, grade.assignment)))


def _points_possible(sheet: Sheet, column: int) -> tuple[Decimal | None, str]:
    """What the assignment is worth in Canvas, where the export says it, and its decimal sign."""
    for row in sheet.rows[1:]:
        if "Points Possible" in row.text(0):
            text = row.text(column).strip()
            if "read only" in text:
                head = clean(sheet.rows[0].text(column))
                raise SheetError(f"line {row.line}: {head!r} is read only; choose another column")
            return number_in(text) or None, decimal_sign(text)
    return None, "."


def _students(sheet: Sheet, names: int, column: int) -> Mapping[int, Row]:
    """The rows of students, by their place in the sheet: those with a number. The points and the
    posting policy have rows without."""
    return {
        number: row
        for number, row in enumerate(sheet.rows)
        if number and column < len(row.cells) and row.text(names).strip().isdecimal()
    }


def _known(row: Row, names: int, heads: list[str]) -> Known:
    """The number; and what stands before the section: name, SIS ids, login."""
    section = next((n for n, head in enumerate(heads) if head.casefold() == "section"), names + 1)
    texts = [row.text(number) for number in range(section) if number != names]
    whole = [row.text(number).strip() for number in range(names)]
    first_last = whole[0].split(",", 1) if names == 1 else whole
    texts += [" ".join(whole), " ".join(reversed(first_last))]
    addresses = [text.partition("@")[0] for text in texts if text.count("@") == 1]
    return Known(row.text(names).strip(), (*texts, *addresses))
