"""The columns of the tables: what each shows of a cell, and which a narrow terminal does without.

Pure. A column's `spare` is the order in which columns are left out where there is no room: the
highest first, 0 never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.judge.run import CellSummary
from runner.plan import MAX
from runner.report import rank
from runner.spec import Experiment

Value = Callable[[CellSummary], str | None]

REPEATS = "valid repeats"


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
        return self.name in ("lab", "language", "limit", "status")


def columns(experiment: Experiment, rows: Sequence[CellSummary]) -> list[Column]:
    """All that may be shown of these cells; the last is what became of them."""
    kinds: dict[str, Callable[[Sequence[CellSummary]], list[Column]]] = {
        "ceiling": _ceiling,
        "stream": _stream,
        "trace": _trace,
        "probe": _probe,
    }
    shown = kinds.get(experiment.measure, _load)(rows)
    return [*_axes(experiment), *shown, Column("status", lambda row: row.status)]


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


def _probe(_rows: Sequence[CellSummary]) -> list[Column]:
    return [Column("findings", lambda row: row.text("findings"))]


def _ceiling(_rows: Sequence[CellSummary]) -> list[Column]:
    return [
        Column("served", lambda row: row.text("served")),
        Column("first refused fd", lambda row: row.text("refused_fd"), 1),
        Column("limit", lambda row: row.text("limit")),
        Column("mem/conn B", _figure("memory_per_connection", 1, 0), 2),
    ]


def _stream(_rows: Sequence[CellSummary]) -> list[Column]:
    return [
        Column("frames/s", _figure("frame_rate", 1, 1)),
        Column("late frames %", _figure("late_frame_share", 0.01, 2)),
        Column("lateness p50 µs", _figure("lateness_p50", 1e3, 0), 2),
        Column("lateness p99 µs", _figure("lateness_p99", 1e3, 0), 1),
        Column("jitter p99 µs", _figure("jitter_p99", 1e3, 0), 4),
        Column("gaps", lambda row: row.text("gaps"), 3),
        Column("dropped listeners", lambda row: row.text("dropped_listeners"), 5),
        Column("server CPU", _share("server_cpu"), 6),
        Column("threads", lambda row: row.text("threads"), 8),
        Column("n", _repeats, 7, REPEATS),
    ]


def _trace(_rows: Sequence[CellSummary]) -> list[Column]:
    return [
        Column("observed model", lambda row: row.text("model")),
        Column("blocks in", lambda row: row.text("blocks_in"), 1),
        Column("notification", lambda row: row.text("notified_by"), 5),
        Column("notification means", lambda row: row.text("notification_means"), 4),
        Column("copied by", lambda row: row.text("copied_by"), 2),
        Column("calls/req", _figure("calls_per_request", 1, 1), 6),
        Column("EAGAIN %", _figure("eagain_share", 0.01, 0), 8),
        Column(
            "syscall bytes/event",
            _figure("syscall_bytes_per_event", 1, 0),
            3,
            "bytes of descriptor sets copied to and from the kernel, per event",
        ),
        Column("idle CPU", _share("idle_cpu"), 7),
    ]


def _load(rows: Sequence[CellSummary]) -> list[Column]:
    alike = rank.alike(rows)
    best = max((row.median("rate") or 0.0 for row in alike), default=0.0)

    def of_best(row: CellSummary) -> str | None:
        rate = row.median("rate")
        return None if rate is None or not best or row not in alike else f"{rate / best:.2f}"

    return [
        Column("req/s", _figure("rate", 1, 0)),
        Column(
            "half range %",
            _spread,
            3,
            "half of the distance from the lowest to the highest repeat, as a share of the median",
        ),
        Column("of best", of_best, 2, "the rate as a share of the best ranked rate"),
        Column("p50 µs", _figure("p50", 1e3, 0), 7),
        Column("p99 µs", _figure("p99", 1e3, 0), 5),
        Column("CPU/req µs", _figure("cpu_per_request", 1e3, 1), 4),
        Column("mem/conn B", _figure("memory_per_connection", 1, 0), 8),
        Column("threads", _several("threads"), 9),
        Column("processes", _several("processes"), 12),
        Column("server CPU", _share("server_cpu"), 10),
        Column("fleet CPU", _share("fleet_cpu"), 11),
        Column("errors", lambda row: row.text("errors") if sum(row.numbers("errors")) else None, 1),
        Column("n", _repeats, 6, REPEATS),
    ]


def _repeats(row: CellSummary) -> str | None:
    return str(len(row.sound)) if row.sound else None


def _several(metric: str) -> Value:
    """A count worth a column: where it is one everywhere there is nothing to see."""

    def several(row: CellSummary) -> str | None:
        return row.text(metric) if any(number > 1 for number in row.numbers(metric)) else None

    return several


def _figure(metric: str, unit: float, digits: int) -> Value:
    def figure(row: CellSummary) -> str | None:
        value = row.median(metric)
        return None if value is None else f"{value / unit:,.{digits}f}"

    return figure


def _share(metric: str) -> Value:
    def share(row: CellSummary) -> str | None:
        value = row.median(metric)
        return None if value is None else f"{value:.0%}"

    return share


def _spread(row: CellSummary) -> str | None:
    spread = row.spread("rate")
    return None if spread is None else f"{spread:.0%}".rstrip("%")


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
