"""What a request costs in system calls, by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.figures.bars import Bar, Bars, Part
from runner.figures.scale import Axis
from runner.judge.run import CellSummary
from runner.report.columns import status
from runner.report.drawn.naming import row_name
from runner.spec import Experiment

LEAST = 0.005
"""Calls a request: fewer are shown as 0.00, and belong to the beginning."""
MOST = 64
"""Names of one server; a record may be anyone's."""
NOTE = "number or name in each part: the system call; each request under a tracer"


def figure(experiment: Experiment, rows: Sequence[CellSummary]) -> Bars | None:
    drawn = tuple(_bar(row_name(experiment, row), row) for row in rows)
    if not any(bar.parts for bar in drawn):
        return None
    axis = Axis("system calls per request", "", "linear", zero=True)
    return Bars("System calls per request, by name", axis, drawn, NOTE)


def _bar(name: str, row: CellSummary) -> Bar:
    calls = _calls(row)
    if not calls:
        return Bar(name, (), status(row) if row.unsound else "no call was traced")
    parts = tuple(Part(call, n, f"{name}: {call} {n:.2f} per request") for call, n in calls.items())
    whole = row.median("syscalls_per_request")
    return Bar(name, parts, "" if whole is None else f"{whole:,.2f}")


def _calls(row: CellSummary) -> Mapping[str, float]:
    """Of the first sound repeat, as the column `by name` shows it."""
    for m in row.sound:
        counts = m.record.trace.counts if m.record.trace else None
        calls = counts.get("calls") if counts else None
        if isinstance(calls, dict):
            known = [(str(k), float(v)) for k, v in calls.items() if isinstance(v, int | float)]
            return dict([(k, v) for k, v in known if v >= LEAST][:MOST])
    return {}
