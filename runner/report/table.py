"""The tables that a person reads, by tabulate: aligned, with units, widest first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tabulate import tabulate

from runner.judge import Verdict
from runner.plan import MAX
from runner.report import rank
from runner.report.closing import closing
from runner.report.summary import CellSummary, Run
from runner.spec import Experiment, shown_value
from runner.spec.quantity import DURATION

Row = list[str | None]
Column = tuple[str, Callable[[CellSummary], str | None]]
REASON_WIDTH = 60
WATCHED = ("rate", "frame_rate")
"""Metrics whose outliers are named."""


def render(run: Run, style: str = "simple") -> str:
    """Every experiment's cells, then the verdicts; `style` is one of tabulate's table formats."""
    parts = []
    for experiment in run.experiments():
        claims = f": {', '.join(experiment.claims)}" if experiment.claims else ""
        turns = f", in turns of {DURATION.show(slot)}" if (slot := experiment.interleave) else ""
        heading = f"{experiment.title}  [{experiment.id}{claims}{turns}]"
        parts.append(_heading(heading, style))
        rows = run.cells(experiment)
        parts += sections(experiment, rows, style)
        own = [verdict for verdict in run.verdicts if verdict.experiment == experiment.id]
        if own:
            parts.append(judged(own, style))
        if experiment.measure == "probe" and experiment.claims:
            first, *others = experiment.claims
            also = f" (and {', '.join(others)})" if others else ""
            parts.append(f"What was found: runner claims {first}{also}")
        parts += _listed([*apart(rows), *remarks(own)], style)
    parts.append(closing(run))
    return "\n\n".join(parts) + "\n"


def sections(
    experiment: Experiment, rows: Sequence[CellSummary], style: str = "simple"
) -> list[str]:
    """The cells in one table, or in one for each value of the axis that the experiment names."""
    axis = experiment.sections
    if axis is None:
        return _ranked(experiment, rows, style)
    parts = []
    for value in experiment.axes()[axis]:
        own = [row for row in rows if row.cell.get(axis) == value]
        if own:
            said = f"{axis}: {shown_value(axis, value)}"
            parts.append(f"**{said}**" if style == "github" else said)
            parts += _ranked(experiment, own, style)
    return parts


def _ranked(experiment: Experiment, rows: Sequence[CellSummary], style: str) -> list[str]:
    """A table, and what must be said of the ranks in it."""
    remark = rank.remark(rows) if experiment.measure == "load" else None
    return [cells(experiment, rows, style), *([remark] if remark else [])]


def cells(experiment: Experiment, rows: Sequence[CellSummary], style: str = "simple") -> str:
    """One row a cell; a column in which nothing stands is left out."""
    if experiment.measure == "ceiling":
        columns = _ceiling_columns()
    elif experiment.measure == "stream":
        columns = _stream_columns()
    elif experiment.measure == "trace":
        columns = _trace_columns()
    elif experiment.measure == "probe":
        columns = [("findings", lambda row: row.text("findings"))]
    else:
        columns = _load_columns(rows)
    columns = [*_axis_columns(experiment), *columns, ("status", _status)]
    table = [[value(row) for _, value in columns] for row in rows]
    shown = [
        i
        for i, (name, _) in enumerate(columns)
        if name in ("lab", "status") or any(line[i] is not None for line in table)
    ]
    names = [columns[i][0] for i in shown]
    if style == "simple" and not any(_status(row) != "ok" for row in rows):
        shown, names = shown[:-1], names[:-1]
    return tabulate(
        [[line[i] if line[i] is not None else "–" for i in shown] for line in table],
        headers=names,
        tablefmt=style,
        disable_numparse=True,
        colalign=["left" if name in _LEFT else "right" for name in names],
    )


def judged(verdicts: Iterable[Verdict], style: str = "simple") -> str:
    """One row an expectation: the measured figure with its interval, by how much the interval
    keeps the bound, the bound, the verdict."""
    rows: list[Row] = []
    for verdict in verdicts:
        deciding = verdict.deciding
        cells_of = f" ({verdict.covers})" if verdict.covers else ""
        margin = deciding.margin if deciding else None
        rows.append(
            [
                f"{verdict.outcome} NOISY" if verdict.noisy else str(verdict.outcome),
                verdict.sentence + cells_of,
                deciding.found if deciding else "no data",
                verdict.bound,
                "–" if margin is None else f"{margin:+.0%}",
                str(deciding.repeats) if deciding and deciding.repeats else "–",
                _cut(verdict.reason),
            ]
        )
    headers = ["verdict", "expectation", "measured [interval]", "bound", "margin", "n", "why"]
    if not any(row[-1] for row in rows):
        headers.pop()
        rows = [row[:-1] for row in rows]
    align = ["left", "left", "right", "right", "right", "right", "left"][: len(headers)]
    return tabulate(rows, headers=headers, tablefmt=style, disable_numparse=True, colalign=align)


def apart(rows: Iterable[CellSummary]) -> list[str]:
    """The repeats that stand apart from the others of their cell: they count like any other."""
    return [
        f"outlier, kept: {trial}: {metric} is {off:+.0%} off its cell's median"
        for row in rows
        for metric in WATCHED
        for trial, off in row.outliers(metric).items()
    ]


def remarks(verdicts: Iterable[Verdict]) -> list[str]:
    """What the findings have to say beside their outcome, each once."""
    notes = [note for v in verdicts for finding in v.findings for note in finding.notes]
    return [f"note: {note}" for note in dict.fromkeys(notes)]


def _listed(lines: Sequence[str], style: str) -> list[str]:
    """Lines of their own: in Markdown they are a list."""
    bullet = "- " if style == "github" else ""
    return ["\n".join(f"{bullet}{line}" for line in lines)] if lines else []


_LEFT = ("lab", "language", "limit", "status", "stopped by")


def _axis_columns(experiment: Experiment) -> list[Column]:
    """The lab always, any other axis where it has more than one value and no table for each."""

    def column(axis: str) -> Column:
        if axis == "nofile":
            return axis, _nofile
        if axis == "idle":
            return axis, _idle
        return axis, lambda row: _plain(row.cell.get(axis))

    axes = experiment.axes()
    several = [axis for axis in axes if len(axes[axis]) > 1 and axis != experiment.sections]
    return [column(axis) for axis in axes if axis == "lab" or axis in several]


def _ceiling_columns() -> list[Column]:
    return [
        ("served", lambda row: row.text("served")),
        ("stopped at fd", lambda row: row.text("refused_fd")),
        ("by limit", lambda row: row.text("limit")),
        ("mem/conn B", _figure("memory_per_connection", 1, 0)),
    ]


def _stream_columns() -> list[Column]:
    return [
        ("frames/s", _figure("frame_rate", 1, 1)),
        ("late %", _figure("late_frames", 0.01, 2)),
        ("late p50 µs", _figure("lateness_p50", 1e3, 0)),
        ("late p99 µs", _figure("lateness_p99", 1e3, 0)),
        ("jitter p99 µs", _figure("jitter_p99", 1e3, 0)),
        ("gaps", lambda row: row.text("gaps")),
        ("dropped", lambda row: row.text("dropped")),
        ("srv CPU", _share("server_cpu")),
        ("threads", lambda row: row.text("threads")),
        ("n", lambda row: str(len(row.sound)) if row.sound else None),
    ]


def _trace_columns() -> list[Column]:
    return [
        ("model, as seen", lambda row: row.text("model")),
        ("sleeps in", lambda row: row.text("sleeps_in")),
        ("told by", lambda row: row.text("notified_by")),
        ("told of", lambda row: row.text("tells")),
        ("copies", lambda row: row.text("copies_by")),
        ("calls/req", _figure("calls_per_request", 1, 1)),
        ("EAGAIN %", _figure("eagain_share", 0.01, 0)),
        ("border B/event", _figure("border_bytes_per_event", 1, 0)),
        ("idle CPU", _share("idle_cpu")),
    ]


def _load_columns(rows: Sequence[CellSummary]) -> list[Column]:
    alike = rank.alike(rows)
    best = max((row.median("rate") or 0.0 for row in alike), default=0.0)

    def relative(row: CellSummary) -> str | None:
        rate = row.median("rate")
        return None if rate is None or not best or row not in alike else f"{rate / best:.2f}"

    return [
        ("req/s", _figure("rate", 1, 0)),
        ("±%", _spread),
        ("relative", relative),
        ("p50 µs", _figure("p50", 1e3, 0)),
        ("p99 µs", _figure("p99", 1e3, 0)),
        ("CPU/req µs", _figure("cpu_per_request", 1e3, 1)),
        ("mem/conn B", _figure("memory_per_connection", 1, 0)),
        ("threads", _several("threads")),
        ("processes", _several("processes")),
        ("srv CPU", _share("server_cpu")),
        ("fleet CPU", _share("fleet_cpu")),
        ("errors", lambda row: row.text("errors") if _text_total(row) else None),
        ("n", lambda row: str(len(row.sound)) if row.sound else None),
    ]


def _several(metric: str) -> Callable[[CellSummary], str | None]:
    """A count worth a column: where it is one everywhere there is nothing to see."""

    def several(row: CellSummary) -> str | None:
        return row.text(metric) if any(number > 1 for number in row.numbers(metric)) else None

    return several


def _text_total(row: CellSummary) -> float:
    return sum(row.numbers("errors"))


def _figure(metric: str, unit: float, digits: int) -> Callable[[CellSummary], str | None]:
    def figure(row: CellSummary) -> str | None:
        value = row.median(metric)
        return None if value is None else f"{value / unit:,.{digits}f}"

    return figure


def _share(metric: str) -> Callable[[CellSummary], str | None]:
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
        return f"max = {row.measurements[0].record.get('asked', {}).get('idle', '?')}"
    return _plain(asked)


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _status(row: CellSummary) -> str:
    return _cut(row.status)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= REASON_WIDTH else text[: REASON_WIDTH - 1] + "…"


def _heading(text: str, style: str) -> str:
    return f"### {text}" if style == "github" else text
