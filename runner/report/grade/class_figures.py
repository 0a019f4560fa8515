"""The figures of a class: the distribution of its scores, and the points that each check cost it.
Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from markupsafe import Markup

from runner.figures import bars, columns
from runner.figures.bars import Bar, Bars, Part
from runner.figures.columns import Column, Columns
from runner.figures.dots import Line
from runner.figures.paper import Drawing, inline
from runner.figures.scale import Axis
from runner.grade.record import Grade
from runner.report.grade import score
from runner.report.grade.per_check import CheckOfClass
from runner.report.grade.view import shortened
from runner.report.sanitize import plain

TENTHS = 10
NAMED = 8
"""Submissions that a column names; the table has all."""
MOST = 20
"""Checks that are drawn, those that cost most first."""
Texts = Mapping[str, str]


def figures(
    grades: Sequence[Grade], checks: Sequence[CheckOfClass], texts: Texts
) -> Iterator[Markup]:
    counted = [grade for grade in grades if score.counts(grade)]
    if counted:
        yield _markup(columns.draw(_scores(counted, len(grades), texts)))
    costly = sorted(
        (each for each in checks if each.all_lost > 0), key=lambda each: -each.all_lost
    )[:MOST]
    if costly:
        yield _markup(bars.draw(_lost(costly, texts)))


def _markup(drawing: Drawing) -> Markup:
    return Markup(inline(drawing))  # noqa: S704 - runner/figures escapes every text


def _scores(counted: Sequence[Grade], all_of_them: int, texts: Texts) -> Columns:
    tenths: list[list[Grade]] = [[] for _ in range(TENTHS)]
    for grade in counted:
        tenths[tenth_of(grade)].append(grade)
    middle = median(grade.share for grade in counted)
    without = all_of_them - len(counted)
    return Columns(
        title=texts["class_scores"],
        x=Axis(texts["class_share"], "share", "linear", zero=True),
        y=texts["class_count"],
        columns=tuple(_column(number, some, texts) for number, some in enumerate(tenths)),
        note=texts["class_without"].format(count=without) if without else "",
        lines=(Line(middle, f"{texts['class_median']} {percent(middle)}"),),
    )


def tenth_of(grade: Grade) -> int:
    """The column of a score: 100% belongs to the last one, and so does what is beyond it."""
    return max(0, min(int(grade.share * TENTHS + 1e-9), TENTHS - 1))


def percent(share: float) -> str:
    return f"{score.shortest(score.rounded(100 * share, 1))}%"


def _column(number: int, some: Sequence[Grade], texts: Texts) -> Column:
    low, high = number / TENTHS, (number + 1) / TENTHS
    names = [shortened(plain(grade.submission.name), 30) for grade in some[:NAMED]]
    named = texts["comma"].join([*names, *(["…"] if len(some) > NAMED else [])])
    says = f"{number * 10}–{number * 10 + 10}%{texts['colon']}{len(some)}"
    return Column(low, high, len(some), f"{says} ({named})" if named else says)


def _lost(costly: Sequence[CheckOfClass], texts: Texts) -> Bars:
    return Bars(
        title=texts["class_lost"],
        axis=Axis(texts["class_lost_axis"], "", "linear", zero=True),
        bars=tuple(_bar(each, texts) for each in costly),
    )


def _bar(check: CheckOfClass, texts: Texts) -> Bar:
    parts = tuple(
        Part(texts[state], points, f"{texts[state]} {score.amount(points)}")
        for state, points in check.lost.items()
    )
    return Bar(
        plain(check.title or check.id),
        parts,
        f"{score.amount(check.all_lost)} ({percent(check.share)})",
    )
