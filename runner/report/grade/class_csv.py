"""`grades.csv`: a row for each submission of a class. Pure.

A grade that does not count has empty cells where its points would be, and a reason. The file begins
with a byte order mark, because a spreadsheet program shows Chinese names as such only with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from runner.grade.record import Grade
from runner.report.grade import score
from runner.report.grade.detail import partly
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import plain, unarmed

HEADS = (
    "submission", "assignment", "gradable", "total", "earned", "bonus", "points", "percent",
    "not_passed", "reason",
)  # fmt: skip
LAST = ("language", "files", "bytes", "sha256", "started", "seconds", "engine", "left_out")


_LEFT_OUT = {"public": "hidden checks", "untimed": "timed checks"}


def to_csv(grades: Sequence[Grade], view: View) -> bytes:
    seen = [seen_by(grade, view, 500) for grade in grades]
    checks = list(dict.fromkeys(check.id for grade in seen for check in grade.checks))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEADS, *(_cell(f"check {each}") for each in checks), *LAST])
    for grade in seen:
        earned = {
            check.id: score.amount(check.earned)
            for check in grade.checks
            if check.state not in score.UNDECIDED
        }
        writer.writerow(
            [*_first(grade, view), *(earned.get(each, "") for each in checks), *_last(grade)]
        )
    return text.getvalue().encode("utf-8-sig")


def _first(grade: Grade, view: View) -> list[str]:
    scored = score.counts(grade)
    return [
        _cell(grade.submission.name),
        _cell(grade.assignment),
        "yes" if scored else "no",
        score.amount(score.total(grade)) if scored else "",
        score.amount(grade.earned) if scored else "",
        score.amount(grade.bonus) if scored else "",
        score.amount(grade.points),
        score.percent(grade).rstrip("%") if scored else "",
        _cell("; ".join(score.missed(grade))),
        _cell(score.why_no_score(grade, words(view.language))),
    ]


def _last(grade: Grade) -> list[str]:
    given = grade.submission
    return [
        _cell(given.language),
        str(given.files),
        str(given.size),
        _cell(given.sha256),
        _cell(grade.started),
        score.amount(grade.seconds),
        _cell(grade.engine),
        " and ".join(_LEFT_OUT[each] for each in partly(grade)),
    ]


def _cell(text: str) -> str:
    return unarmed(plain(text))
