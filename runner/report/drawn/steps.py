"""The rate over the window, step by step, as a line beside a row of a table. Pure."""

from __future__ import annotations

from runner.figures import spark
from runner.judge.run import CellSummary
from runner.records.outcome import Outcome

MOST = 400
"""Steps of one window; a record may be anyone's."""


def of_row(row: CellSummary) -> str:
    """Of the repeat whose rate is the median one, or next below it; empty where there are no
    steps."""
    rated = sorted(
        (m for m in row.sound if "rate" in m.metrics), key=lambda m: float(m.metrics["rate"])
    )
    if not rated:
        return ""
    steps, milliseconds = _steps(rated[(len(rated) - 1) // 2])
    if len(steps) < 3:
        return ""
    says = f"{min(steps):,.0f} to {max(steps):,.0f} replies in each {milliseconds:g} ms"
    return spark.draw(steps, says)


def _steps(m: Outcome) -> tuple[list[float], float]:
    series = m.record.series or {}
    requests, interval = series.get("requests"), series.get("interval_ns")
    if not isinstance(requests, list | tuple) or not isinstance(interval, int | float):
        return [], 0.0
    numbers = [float(n) for n in requests[:MOST] if isinstance(n, int | float) and n >= 0]
    return numbers, interval / 1e6
