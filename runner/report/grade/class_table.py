"""The grades of a class on a terminal: a row for each submission, then how the class did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from runner.grade.record import Grade, State
from runner.plural import number_of
from runner.report.grade import score
from runner.report.grade.aligned import aligned
from runner.report.grade.view import View, seen_by
from runner.report.sanitize import disarmed, plain

LINE = 160
"""Characters of a reason."""


def to_table(grades: Sequence[Grade], view: View) -> bytes:
    seen = [seen_by(grade, view, 200) for grade in grades]
    rows = [
        (
            plain(grade.submission.name),
            _points(grade),
            score.percent(grade) if score.counts(grade) else "–",
            plain(", ".join(score.missed(grade))) or "–",
        )
        for grade in seen
    ]
    heads = ("submission", "points", "share", "not passed")
    table = aligned(heads, rows, right=(1, 2))
    why = "".join(f"\n  {plain(line)}" for line in _without_score(seen))
    reasons = f"\n\nwithout a score:{why}" if why else ""
    return disarmed(f"{table}\n\n{_tally(seen)}{reasons}\n").encode()


def _without_score(grades: Sequence[Grade]) -> list[str]:
    """Why each of them has none: the first reason, in one line."""
    return [
        f"{grade.submission.name}: {_shortened(reason)}"
        for grade in grades
        if not score.counts(grade) and (reason := _reason(grade))
    ]


def _reason(grade: Grade) -> str:
    open_ = [check for check in grade.checks if check.state in score.UNDECIDED]
    said = [f"{check.id}: {check.reason}" for check in open_ if check.reason]
    if len({check.reason for check in open_}) == 1 and open_[0].reason:
        return open_[0].reason  # of the whole submission, such as a file that was refused
    return next(iter(said), "")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[:LINE]}…"


def _points(grade: Grade) -> str:
    if not score.counts(grade):
        return "not gradable" if not grade.gradable else "not complete"
    return f"{score.amount(score.total(grade))}/{score.amount(grade.points)}"


def _tally(grades: Sequence[Grade]) -> str:
    """How many were graded, the median, and how often each check did not pass."""
    counted = [grade for grade in grades if score.counts(grade)]
    parts = [f"{number_of(len(grades), 'submission')}, {len(counted)} with a score"]
    if counted:
        middle = score.rounded(100 * median(grade.share for grade in counted), 1)
        parts.append(f"median {score.shortest(middle)}%")
    failed = Counter(
        check.id for grade in grades for check in grade.checks if check.state is State.FAIL
    )
    if failed:
        most = ", ".join(f"{plain(name)} {count}" for name, count in failed.most_common(10))
        parts.append(f"failed: {most}")
    return "; ".join(parts)
