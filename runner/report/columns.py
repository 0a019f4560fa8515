"""The columns of the tables: what each shows of a cell, and which a narrow terminal does without.

Pure. A column's `spare` is the order in which columns are left out where there is no room: the
highest first, 0 never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner import kinds
from runner.judge.run import CellSummary
from runner.plan import MAX
from runner.report import rank
from runner.spec import Experiment

Value = Callable[[CellSummary], str | None]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    value: Value
    spare: int = 0
    note: str = ""
    """What it shows, where its name does not say so: a line under the table."""

    @property
    def left(self) -> bool:
        """Names are aligned on the left, figures on the right."""
        return self.name in ("lab", "language", "limit", "by name", "status")


def columns(experiment: Experiment, rows: Sequence[CellSummary]) -> list[Column]:
    """All that may be shown of these cells; the last is what became of them."""
    shown = [
        Column(each.name, _value(each, rows), each.spare, each.note)
        for each in experiment.kind.columns
    ]
    return [*_axes(experiment), *shown, Column("status", status)]


def status(row: CellSummary) -> str:
    """ok, or the status of how many repeats, with the first reason."""
    if not row.unsound:
        return "ok"
    first = row.unsound[0]
    share = f" {len(row.unsound)} of {len(row.measurements)}" if row.sound else ""
    return f"{first.status}{share}: {first.reason}"


def _axes(experiment: Experiment) -> list[Column]:
    """The lab always, any other axis where it has more than one value and no table for each."""

    def column(axis: str) -> Column:
        if axis == "nofile":
            return Column(axis, _nofile)
        if axis == "idle":
            return Column(axis, _idle)
        return Column(axis, lambda row: _plain(row.cell.get(axis)))

    axes = experiment.axes()
    several = [axis for axis in axes if len(axes[axis]) > 1 and axis != experiment.sections]
    return [column(axis) for axis in axes if axis == "lab" or axis in several]


def _value(column: kinds.Column, rows: Sequence[CellSummary]) -> Value:
    metric = column.metric
    match column.show:
        case "values":
            return lambda row: _values(row, column)
        case "median":
            return lambda row: _median(row, column)
        case "percent":
            return lambda row: _percent(row.median(metric))
        case "half range":
            return lambda row: _percent(row.spread(metric), sign="")
        case "of best":
            ranked = rank.alike(rows, metric)
            best = max((row.median(metric) or 0.0 for row in ranked), default=0.0)
            return lambda row: _of_best(row.median(metric), best) if row in ranked else None
        case "repeats":
            return lambda row: str(len(row.sound)) if row.sound else None


def _values(row: CellSummary, column: kinds.Column) -> str | None:
    worth_it = column.above is None or any(n > column.above for n in row.numbers(column.metric))
    return row.text(column.metric) if worth_it else None


def _median(row: CellSummary, column: kinds.Column) -> str | None:
    value = row.median(column.metric)
    return None if value is None else f"{value / column.unit:,.{column.digits}f}"


def _percent(share: float | None, sign: str = "%") -> str | None:
    return None if share is None else f"{100 * share:.0f}{sign}"


def _of_best(value: float | None, best: float) -> str | None:
    return None if value is None or not best else f"{value / best:.2f}"


def _nofile(row: CellSummary) -> str | None:
    asked, granted = row.cell.get("nofile"), row.granted()
    return f"max = {granted}" if asked == MAX and granted else _plain(asked)


def _idle(row: CellSummary) -> str | None:
    asked = row.cell.get("idle")
    if asked == MAX and row.measurements:
        return f"max = {row.measurements[0].record.asked.idle}"
    return _plain(asked)


def _plain(value: object) -> str | None:
    return None if value is None else str(value)
