"""How figures name rows, and how they write values: as the tables do. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from runner.judge.run import CellSummary
from runner.kinds import Kind
from runner.plan import MAX
from runner.plural import number_of
from runner.report.columns import status
from runner.spec import METRICS, Experiment, shown_value

TITLES = {
    "rate": ("requests/s", "req/s"),
    "cpu_per_request": ("CPU time of the server per request", "µs"),
    "p50": ("latency, p50", "µs"),
    "p99": ("latency, p99", "µs"),
    "lateness_p50": ("lateness, p50", "µs"),
    "lateness_p99": ("lateness, p99", "µs"),
    "frame_rate": ("frames/s to each listener", "frames/s"),
    "switches_per_request": ("context switches per request", ""),
    "memory_per_connection": ("memory per connection", "B"),
    "server_cpu": ("CPUs that the server used", ""),
    "served": ("connections served", ""),
}
"""Of a metric: the name of its axis, and what stands behind a value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of a kind, as its tables write it."""

    metric: str
    title: str
    suffix: str
    size: float
    """What the metric is divided by."""
    digits: int

    def by(self, axis: str) -> str:
        """The title of a figure of it."""
        return f"{self.title[:1].upper()}{self.title[1:]} by {axis}"

    @property
    def unit(self) -> str:
        """In which an axis is marked: ns, bytes or nothing."""
        unit = METRICS[self.metric].unit
        return unit if unit in ("ns", "bytes") else ""

    def text(self, value: float) -> str:
        return f"{value / self.size:,.{self.digits}f} {self.suffix}".strip()

    def says(self, name: str, row: CellSummary) -> str:
        """A row's figure with its interval, or why there is none."""
        value = row.median(self.metric)
        if value is None:
            return f"{name}: {status(row)}"
        interval = row.interval(self.metric)
        ends = ""
        if interval is not None and interval.low is not None and interval.high is not None:
            ends = f" [{self.text(interval.low)}, {self.text(interval.high)}]"
        repeats = number_of(len(row.numbers(self.metric)), "repeat")
        return f"{name}: {self.text(value)}{ends}, {repeats}"


def measure(kind: Kind, metric: str) -> Measure:
    """As the column of the kind that shows its median; with two digits where there is none."""
    shown = ("median", "values", "percent")
    columns = [c for c in kind.columns if c.metric == metric and c.show in shown]
    title, suffix = TITLES.get(metric, (METRICS[metric].meaning, METRICS[metric].unit))
    if columns and columns[0].show == "percent":
        return Measure(metric, title, "%", 0.01, 0)
    size, digits = (columns[0].unit, columns[0].digits) if columns else (1, 2)
    return Measure(metric, title, suffix, size, digits)


def row_name(experiment: Experiment, row: CellSummary, but: Collection[str] = ()) -> str:
    """The lab, and the other axes on which the rows differ, without those that are shown
    elsewhere."""
    words = []
    for axis, value in row.cell.values:
        if axis in but or (axis != "lab" and axis not in row.cell.varying):
            continue
        plain = axis in ("lab", "language", "probe")
        words.append(shown_value(axis, value) if plain else f"{axis}={_value(row, axis)}")
    return " ".join(words) or experiment.id


def _value(row: CellSummary, axis: str) -> str:
    at = place_of(row, axis)
    value = row.cell.get(axis)
    if value is None:
        return "none"
    return f"{at:,.0f}" if value == MAX and at is not None else shown_value(axis, value)


def place_of(row: CellSummary, axis: str) -> float | None:
    """Where a row stands on a numeric axis; `max` is what this machine granted."""
    value = row.cell.get(axis)
    if isinstance(value, int):
        return float(value)
    if value == MAX and row.measurements:
        asked = row.measurements[0].record.asked.idle if axis == "idle" else None
        granted = row.granted() if axis == "nofile" else asked
        return None if granted is None else float(granted)
    return None
