"""The offline grading worksheet that a teacher downloaded from a Moodle assignment, with the grades
filled in. Pure.

Moodle finds its columns by headers in the teacher's language. Their order is always the same: the
identifier first, the grade just before the maximum grade. An empty grade is skipped when Moodle
reads the file, so the row of a submission without a score stays as it was. Feedback is HTML there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from runner.grade.record import Grade, State
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
from runner.report.grade.students import MOODLE, Known, matched
from runner.report.grade.view import View, seen_by, shortened
from runner.report.sanitize import disarmed
from runner.untrusted import clean

FEEDBACK = (
    "feedback comments", "评语反馈", "feedback als kommentar", "feedback par commentaires",
    "comentarios de retroalimentación",
)  # fmt: skip
"""The comments' header in the languages that are known here; in another `feedback` names it."""
OURS = "Graded by iolab: "
"""How our feedback begins. A comment that begins otherwise is the teacher's, and stays."""
_NUMBERED = re.compile(r"\D*(\d+)\s*")


@dataclass(frozen=True, slots=True)
class _Columns:
    grade: int
    highest: int
    feedback: int | None


def fill_moodle(
    content: bytes, grades: Sequence[Grade], view: View, options: Options | None = None
) -> Filled:
    """Raises SheetError."""
    options = options or Options()
    sheet = read_sheet(content)
    rows = {number: row for number, row in enumerate(sheet.rows) if number and not row.blank}
    columns = _columns(sheet, rows, options)
    known = {number: _known(row, columns) for number, row in rows.items()}
    named = by_name(grades)
    found = matched(list(named), known, MOODLE, options.students or {})
    cells: dict[tuple[int, int], str] = {}
    comments: dict[tuple[int, int], str] = {}
    for name, number in found.rows.items():
        grade, row = named[name], rows[number]
        if not score.counts(grade):
            continue
        cells[number, columns.grade] = _points(grade, row.text(columns.highest))
        if columns.feedback is not None and columns.feedback < len(row.cells):
            before = row.text(columns.feedback)
            if not before.strip() or before.startswith(OURS):
                comments[number, columns.feedback] = _feedback(seen_by(grade, view, 300))
    notes = [*not_gradable(named), *replaced(sheet, cells)]
    if columns.feedback is None:
        notes.append("no column for comments was found, so none is written; name it by --feedback")
    return Filled(sheet.with_cells(cells | comments), len(cells), found.faults, tuple(notes))


def _columns(sheet: Sheet, rows: dict[int, Row], options: Options) -> _Columns:
    heads = [cell.text.strip() for cell in sheet.rows[0].cells]
    if not rows:
        raise SheetError("holds no student: download the worksheet again")
    for row in rows.values():
        if not _NUMBERED.fullmatch(row.text(0)):
            raise SheetError(
                f"line {row.line}: found {clean(row.text(0))[:40]!r} in the first column, where "
                "Moodle writes 'Participant 123': download the assignment's grading worksheet"
            )
    if options.column:
        grade = column_named(heads, options.column, "--column")
    else:
        fits = [c for c in range(2, len(heads)) if _is_maximum(c, rows)]
        if len(fits) != 1:
            what = "several columns" if fits else "no column"
            raise SheetError(
                f"line 1: {what} could be the maximum grade, which follows the grade; name the "
                f"grade's column by --column: {', '.join(map(clean, heads))[:300]}"
            )
        grade = fits[0] - 1
    if not _is_maximum(grade + 1, rows):
        raise SheetError(
            f"line 1: after {clean(heads[grade])!r} no maximum grade follows; an assignment that "
            "is graded by a scale of words cannot be filled"
        )
    return _Columns(grade, grade + 1, _feedback_column(heads, options))


def _feedback_column(heads: list[str], options: Options) -> int | None:
    if options.feedback:
        return column_named(heads, options.feedback, "--feedback")
    fits = [number for number, head in enumerate(heads) if head.casefold() in FEEDBACK]
    return fits[0] if len(fits) == 1 else None


def _is_maximum(column: int, rows: dict[int, Row]) -> bool:
    """Whether every row has the same positive figure there, and before it a figure or nothing."""
    highest = {row.text(column).strip() for row in rows.values()}
    if len(highest) != 1 or not number_in(min(highest)):
        return False
    before = (row.text(column - 1) for row in rows.values())
    return all(not text.strip() or number_in(text) is not None for text in before)


def _known(row: Row, columns: _Columns) -> Known:
    """The identifier's number; and what stands before the grade: name, address, ID number."""
    number = _NUMBERED.fullmatch(row.text(0))
    texts = [row.text(column) for column in range(columns.grade)]
    addresses = [text.partition("@")[0] for text in texts if text.count("@") == 1]
    return Known(number[1] if number else "", (*texts, *addresses))


def _points(grade: Grade, highest: str) -> str:
    text = score.shortest(in_scale(grade, number_in(highest), more=False))
    return text.replace(".", decimal_sign(highest))


def _feedback(grade: Grade) -> str:
    lines = [OURS + shortened(score.summary(grade), 2000)]
    failed = [check for check in grade.checks if check.state is State.FAIL and check.hint]
    lines += [f"{check.id}: {check.hint}" for check in failed[:20]]
    return disarmed("<br>".join(escape(clean(line)) for line in lines))
