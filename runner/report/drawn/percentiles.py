"""Latency by percentile, on an axis of 1/(1-p), where the tail has as much room as the rest. Pure.

A point is the median of the repeats' own percentiles, as in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median

from runner.figures.chart import Chart, Point, Series
from runner.figures.scale import Axis
from runner.figures.ticks import percent
from runner.judge.run import CellSummary
from runner.records.histogram import count, merged, percentiles
from runner.records.outcome import Outcome
from runner.report.drawn.naming import row_name
from runner.spec import Experiment

NAMED = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
"""Percentiles that have a marker and say their value."""
BETWEEN = (0.25, 0.75, 0.95, 0.98, 0.995, 0.998, 0.9995, 0.9998, 0.99995)
SHARES = tuple(sorted({*NAMED, *BETWEEN}))
REST = 10
"""Replies beyond a percentile: with fewer it is one reply's own accident."""
MANY, ENDS = 8, 3
"""Rows that are all drawn; of more only so many at both ends, the others are in the table."""

Encoded = Callable[[Outcome], Iterable[object]]


def latencies(experiment: Experiment, rows: Sequence[CellSummary]) -> Chart | None:
    """Of load: the corrected curve, and where the loop was open also the uncorrected one."""
    curves = _curves(experiment, rows, lambda m: _field(m, "latency"))
    plain = _curves(experiment, rows, lambda m: _field(m, "loop", "uncorrected"), "from send")
    note = "dashed: counted from when a request was sent, and not from when it was due"
    if plain:
        return _chart("Latency by percentile", "latency", [*curves, *plain], note)
    return _chart("Latency by percentile", "latency", _chosen(curves), _of(len(curves)))


def latenesses(experiment: Experiment, rows: Sequence[CellSummary]) -> Chart | None:
    """Of paced frames: how late they came."""
    curves = _curves(experiment, rows, lambda m: _field(m, "stream", "lateness"))
    return _chart(
        "Lateness of the frames by percentile", "lateness", _chosen(curves), _of(len(curves))
    )


def _field(m: Outcome, *names: str) -> list[object]:
    """Of each load generator's result, as it was printed: it may be anything."""
    found: list[object] = []
    for result in m.record.fleets or ():
        value: object = result
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if value:
            found.append(value)
    return found


def _curves(
    experiment: Experiment, rows: Sequence[CellSummary], of: Encoded, suffix: str = ""
) -> list[Series]:
    series: list[Series] = []
    for row in rows:
        name = f"{row_name(experiment, row)} {suffix}".strip()
        points = _points(name, row, of)
        if points:
            like = len(series)
            series.append(Series(name, points, dashed=bool(suffix), like=like))
    return series


def _points(name: str, row: CellSummary, of: Encoded) -> tuple[Point, ...]:
    known = [one for m in row.sound if (one := merged(of(m))) is not None]
    if not known:
        return ()
    fewest = min(count(one) for one in known)
    shares = [share for share in SHARES if (1 - share) * fewest >= REST]
    every = [percentiles(one, shares) for one in known]
    middle = [median(values) for values in zip(*every, strict=True)]
    return tuple(
        Point(
            share,
            value,
            says=f"{name}, {percent(share)}: at most {value / 1e3:,.0f} µs",
            marked=share in NAMED,
        )
        for share, value in zip(shares, middle, strict=True)
        if value > 0
    )


def _chosen(series: list[Series]) -> list[Series]:
    """Of many lines the lowest and the highest ones."""
    if len(series) <= MANY:
        return series
    order = sorted(series, key=lambda one: _at(one, 0.99))
    return [replace(one, like=n) for n, one in enumerate([*order[:ENDS], *order[-ENDS:]])]


def _of(count: int) -> str:
    return "" if count <= MANY else f"of {count} rows the {ENDS} lowest and {ENDS} highest at 99%"


def _at(series: Series, share: float) -> float:
    """Its value there, or at its last percentile."""
    below = [point.y for point in series.points if point.x <= share]
    return below[-1] if below else 0.0


def _chart(title: str, name: str, series: Sequence[Series], note: str) -> Chart | None:
    if not series:
        return None
    of = "replies" if name == "latency" else "frames"
    x = Axis(f"share of the {of}", "share", "tail")
    return Chart(title, x, Axis(name, "ns"), tuple(series), note)
