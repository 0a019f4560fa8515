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
    return disarmed(f"{table}\n\n{_tally(seen)}\n").encode()


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
