"""Two runs side by side, as a page: every ratio of the new figure to the old one with its interval,
the margin within which they are the same, and what was not comparable. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from runner.compare import Comparison, Row
from runner.compare.comparison import Change
from runner.figures import dots
from runner.figures.dots import Dots, Line, Rows
from runner.figures.paper import inline
from runner.figures.scale import Axis
from runner.report.compare import heading, notes, ratio, table, tally
from runner.report.page.engine import render
from runner.report.page.view import Entry, Sheet
from runner.report.sanitize import plain

MOST = 150
"""Rows that are drawn; the table has all."""
SHAPES = (Change.WORSE, Change.BETTER, Change.SAME, Change.UNCLEAR)
KINDS = {Change.WORSE: "FAIL", Change.BETTER: "PASS", Change.UNCLEAR: "INCONCLUSIVE"}
NOTE = "marker: new ÷ old; bar: its 99% interval; dashed: no difference, and the margin around it"


@dataclass(frozen=True, slots=True)
class ComparePage:
    title: str
    tally: str
    notes: tuple[str, ...]
    figure: Markup | None
    reading: tuple[str, ...]
    table: Sheet


def to_html(found: Comparison) -> str:
    figure = _figure(found)
    page = ComparePage(
        title=heading(found),
        tally=tally(found),
        notes=notes(found),
        figure=None if figure is None else Markup(inline(dots.draw(figure))),  # noqa: S704 - escaped
        reading=tuple(_reading(found)),
        table=_table(found),
    )
    return render("compare.html", page=page)


def _figure(found: Comparison) -> Dots | None:
    rows = [row for row in found.rows if row.ratio is not None and row.change in SHAPES]
    groups: dict[str, list[dots.Row]] = {}
    for row in rows[:MOST]:
        groups.setdefault(row.experiment, []).append(_row(row))
    if not groups:
        return None
    lines = (
        Line(1 / (1 + found.margin), ""),
        Line(1.0, "no difference"),
        Line(1 + found.margin, ""),
    )
    return Dots(
        title=f"{plain(found.new)} ÷ {plain(found.old)}",
        axis=Axis("new figure ÷ old figure"),
        groups=tuple(Rows(name, tuple(some)) for name, some in groups.items()),
        shapes=tuple(map(str, SHAPES)),
        note=NOTE,
        lines=lines,
    )


def _row(row: Row) -> dots.Row:
    interval = row.ratio
    label = f"{row.cell} {row.metric}"
    shown = ratio(row)
    return dots.Row(
        label=label,
        value=None if interval is None else interval.estimate,
        beside=shown.partition(" [")[0],
        says=f"{label}: {shown}, {row.change}",
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        shape=SHAPES.index(row.change),
    )


def _reading(found: Comparison) -> Iterator[str]:
    first = "the ratio of two cells inside each run" if found.ratios else "the figure of a cell"
    yield (
        f"Each row is {first}, new divided by old: ×1.1 is 10% more. For a rate more is better, "
        "for a latency or a cost less is."
    )
    yield (
        f"worse, better: the whole interval lies on one side of 1. same: the whole interval lies "
        f"within ±{found.margin:.0%}. cannot tell: anything else, and more repeats would narrow it."
    )


def _table(found: Comparison) -> Sheet:
    heads, rows, left = table(found, plain)
    changes = [row.change for row in (*found.rows, *found.means)]
    body = tuple(
        (Entry(line[0], KINDS.get(change, "")), *(Entry(each) for each in line[1:]))
        for line, change in zip(rows, changes, strict=True)
    )
    return Sheet(("result", *heads[1:]), tuple(left), body)
