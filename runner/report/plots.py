"""The plots of the claims, as figures. Pure."""

from __future__ import annotations

from runner.claims import Curve, Lane, Lanes, Plot
from runner.figures import lanes
from runner.figures.chart import Chart, Point, Series
from runner.figures.figure import draw
from runner.figures.paper import as_file
from runner.figures.scale import Axis
from runner.stats.law import Law
from runner.words.format import figure

STEPS = 24
"""Pieces of a fitted law, which is no straight line on logarithmic axes."""
INTERVALS = "bars: 99% intervals of the median of the repeats"
FITTED = "dashed: a + b·N^k, fitted"


def to_svg(plot: Plot | Lanes) -> str:
    return as_file(draw(figure_of(plot)))


def figure_of(plot: Plot | Lanes) -> Chart | lanes.Lanes:
    if isinstance(plot, Lanes):
        return lanes.Lanes(plot.title, plot.phases, tuple(map(_lane, plot.lanes)))
    names = [_name(curve) for curve in plot.curves]
    series = [_series(plot, curve, names) for curve in plot.curves]
    x, y = Axis(plot.x, plot.x_unit), Axis(plot.y, plot.y_unit)
    return Chart(plot.title, x, y, tuple(series), note=_note(plot))


def _note(plot: Plot) -> str:
    intervals = any(p.low is not None for curve in plot.curves for p in curve.points)
    laws = any(curve.law for curve in plot.curves)
    printed = any(curve.printed for curve in plot.curves)
    said = [INTERVALS] * intervals + [FITTED] * laws + ["dashed: as printed"] * printed
    return "; ".join(said)


def _name(curve: Curve) -> str:
    """What a book's line and the measured one of the same name have in common."""
    return curve.label.partition(",")[0] if curve.printed else curve.label.removesuffix(", here")


def _series(plot: Plot, curve: Curve, names: list[str]) -> Series:
    points = tuple(
        Point(p.x, p.y, p.low, p.high, _says(plot, curve.label, p.x, p.y, p.low, p.high))
        for p in curve.points
        if p.y > 0
    )
    law: tuple[tuple[float, float], ...] = ()
    law_says = ""
    if curve.law is not None and points:
        law = along(curve.law, points[0].x or 1.0, points[-1].x)
        law_says = f"fitted with k = {curve.law.k:.2f}"
    like = names.index(_name(curve))
    return Series(curve.label, points, law, law_says, dashed=curve.printed, like=like)


def along(law: Law, first: float, last: float) -> tuple[tuple[float, float], ...]:
    """Points of the law, equally far from each other on a logarithmic axis."""
    places = (first * (last / first) ** (n / STEPS) for n in range(STEPS + 1))
    return tuple((x, law.at(x)) for x in places)


def _says(plot: Plot, label: str, x: float, y: float, low: float | None, high: float | None) -> str:
    value, where = figure(y, plot.y_unit), figure(x, plot.x_unit)
    if low is None or high is None:
        return f"{label}, {where}: {value}"
    return f"{label}, {where}: {value} [{figure(low, plot.y_unit)}, {figure(high, plot.y_unit)}]"


def _lane(lane: Lane) -> lanes.Lane:
    wait, copy = (lanes.Box(phase.text, phase.state) for phase in (lane.wait, lane.copy))
    return lanes.Lane(lane.name, (wait, copy), lane.notice, lane.notified, lane.after, lane.below)
