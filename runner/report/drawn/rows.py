"""One row a cell: its figure, the interval, every repeat. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.figures.dots import Dots, Row, Rows
from runner.figures.scale import Axis
from runner.judge.run import CellSummary
from runner.report.drawn.naming import Measure, measure, row_name
from runner.spec import Experiment, shown_value

NOTE = "marker: median; bar: its 99% interval, from 4 repeats on; strokes: the single repeats"
WIDE = 30
"""Times the smallest figure: from there an axis of powers shows both ends."""


def figure(experiment: Experiment, rows: Sequence[CellSummary], metric: str) -> Dots | None:
    """In the order of the table, which is no order of rank. None where nothing was measured."""
    shown = measure(experiment.kind, metric)
    values = [value for row in rows if (value := row.median(metric)) is not None]
    if not values or max(values) <= 0:
        return None
    languages = tuple(dict.fromkeys(str(row.cell.get("language")) for row in rows))
    groups = tuple(
        Rows(name, tuple(_row(experiment, row, shown, languages) for row in some))
        for name, some in _sections(experiment, rows)
    )
    wide = min(values) > 0 and max(values) / min(values) > WIDE
    axis = Axis(shown.title, shown.unit, "log" if wide else "linear", zero=not wide)
    shapes = languages if len(languages) > 1 else ()
    return Dots(shown.by("server"), axis, groups, shapes, NOTE)


def _sections(
    experiment: Experiment, rows: Sequence[CellSummary]
) -> list[tuple[str, list[CellSummary]]]:
    axis = experiment.sections
    if axis is None:
        return [("", list(rows))]
    return [
        (f"{axis}: {shown_value(axis, value)}", some)
        for value in experiment.axes()[axis]
        if (some := [row for row in rows if row.cell.get(axis) == value])
    ]


def _row(experiment: Experiment, row: CellSummary, shown: Measure, languages: Sequence[str]) -> Row:
    name = row_name(experiment, row, (experiment.sections or "",))
    value, interval = row.median(shown.metric), row.interval(shown.metric)
    ends = (interval.low, interval.high) if interval is not None else (None, None)
    missing = str(row.unsound[0].status) if row.unsound else "not measured"
    return Row(
        label=name,
        value=value,
        beside=missing if value is None else shown.text(value),
        says=shown.says(name, row),
        low=ends[0],
        high=ends[1],
        repeats=tuple(row.numbers(shown.metric)),
        shape=languages.index(str(row.cell.get("language"))),
    )
