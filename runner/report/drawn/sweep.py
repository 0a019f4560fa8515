"""A figure against the axis that an experiment varies: on logarithmic axes, with intervals, and the
law that fits the cost. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.figures.chart import Chart, Point, Series
from runner.figures.scale import Axis
from runner.judge.run import CellSummary
from runner.report.drawn.naming import Measure, measure, place_of, row_name
from runner.report.plots import FITTED, INTERVALS, along
from runner.spec import Experiment
from runner.stats.growth import fit
from runner.stats.law import Law

FEWEST = 3
"""Values of an axis that make a sweep."""
LAW = "cpu_per_request"
"""The cost that a law is fitted to: a rate has no law of its own."""
AXES = ("idle", "active", "payload", "pipeline", "rate", "listeners", "churn", "nofile")
NAMED = {
    "idle": "idle connections", "active": "active connections", "payload": "payload",
    "rate": "requests/s that were due", "nofile": "descriptor limit", "listeners": "listeners",
}  # fmt: skip


def axis_of(experiment: Experiment, rows: Sequence[CellSummary]) -> str | None:
    """The numeric axis with the most values, where there are enough of them."""
    places = {axis: {place_of(row, axis) for row in rows} - {None} for axis in AXES}
    best = max(AXES, key=lambda axis: len(places[axis]))
    return best if len(places[best]) >= FEWEST and best != experiment.sections else None


def figure(
    experiment: Experiment, rows: Sequence[CellSummary], axis: str, metric: str
) -> Chart | None:
    """None where nothing was measured."""
    shown = measure(experiment.kind, metric)
    series = [
        _series(experiment, name, some, axis, shown)
        for name, some in _lines(experiment, rows, axis).items()
    ]
    series = [each for each in series if each.points]
    if not series:
        return None
    unit = "bytes" if axis == "payload" else ""
    note = "; ".join([INTERVALS] + [FITTED] * any(each.law for each in series))
    x = Axis(NAMED.get(axis, axis), unit)
    title = shown.by(NAMED.get(axis, axis))
    return Chart(title, x, Axis(shown.title, shown.unit), tuple(series), note)


def _lines(
    experiment: Experiment, rows: Sequence[CellSummary], axis: str
) -> Mapping[str, list[CellSummary]]:
    lines: dict[str, list[CellSummary]] = {}
    for row in rows:
        if place_of(row, axis) is not None:
            lines.setdefault(row_name(experiment, row, (axis,)), []).append(row)
    return lines


def _series(
    experiment: Experiment, name: str, rows: Sequence[CellSummary], axis: str, shown: Measure
) -> Series:
    points = []
    for row in sorted(rows, key=lambda row: place_of(row, axis) or 0.0):
        value, interval = row.median(shown.metric), row.interval(shown.metric)
        if value is None or value <= 0:
            continue
        ends = (interval.low, interval.high) if interval is not None else (None, None)
        says = shown.says(row_name(experiment, row), row)
        points.append(Point(place_of(row, axis) or 0.0, value, *ends, says=says))
    law = _law(rows, axis, shown.metric) if shown.metric == LAW else None
    if law is None:
        return Series(name, tuple(points))
    says = f"fitted: {shown.text(law.a)} + {law.b / shown.size:.3g} {shown.suffix} · N^{law.k:.2f}"
    first = min(point.x for point in points if point.x > 0)
    return Series(name, tuple(points), along(law, first, points[-1].x), says)


def _law(rows: Sequence[CellSummary], axis: str, metric: str) -> Law | None:
    samples = {int(place_of(row, axis) or 0): row.numbers(metric) for row in rows}
    try:
        return fit({n: some for n, some in samples.items() if some}).law
    except ValueError:
        return None
