"""The tables that a person reads, by tabulate: aligned, with units, widest first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from runner.judge import Verdict
from runner.judge.run import CellSummary, Run
from runner.report import rank
from runner.report.columns import columns
from runner.report.contract import breaches
from runner.report.fit import Sheet, fold, grid
from runner.report.placed import placed
from runner.report.sanitize import escaped, plain
from runner.report.summary_line import closing, noise
from runner.report.why import reasons
from runner.spec import Experiment, shown_value
from runner.spec.quantity import DURATION
from runner.words.format import bound
from runner.words.verdict import covers, measured, notes, reason, title

REASON_WIDTH = 60
_CLEAN = {"simple": plain, "github": escaped}


def render(run: Run, style: str = "simple", width: int | None = None) -> str:
    """Every experiment's cells, then the verdicts; `style` is one of tabulate's table formats.
    Nothing is wider than `width`."""
    parts = experiments(run, style, width)
    return "\n\n".join([*parts, *fold([*noise(run), closing(run)], width)]) + "\n"


def experiments(
    run: Run, style: str = "simple", width: int | None = None, but: Collection[str] = ()
) -> list[str]:
    """The tables of all experiments but those in `but`, which have been shown already."""
    return [
        part
        for experiment in run.experiments()
        if experiment.id not in but
        for part in of_experiment(run, experiment, style, width)
    ]


def of_experiment(
    run: Run, experiment: Experiment, style: str = "simple", width: int | None = None
) -> list[str]:
    """The tables of its cells and of its verdicts, and the notes to both."""
    claims = f": {', '.join(experiment.claims)}" if experiment.claims else ""
    turns = f"; interleaved: {DURATION.show(slot)}" if (slot := experiment.interleave) else ""
    heading = f"{experiment.title}  [{experiment.id}{claims}{turns}]"
    parts = [f"### {heading}"] if style == "github" else fold([heading], width)
    rows = run.cells(experiment)
    parts += sections(experiment, rows, style, width)
    own = [verdict for verdict in run.verdicts if verdict.experiment == experiment.id]
    if own:
        parts.append(judged(own, style, width))
    if experiment.kind.subject == "probe" and experiment.claims:
        first, *others = experiment.claims
        also = f" (and {', '.join(others)})" if others else ""
        parts += fold([f"For the findings type: runner claims {first}{also}"], width)
    lines = [*placed(rows), *apart(rows, experiment.kind.outliers), *breaches(rows)]
    lines += remarks(own, style)
    return parts + _listed(lines, style, width)


def sections(
    experiment: Experiment,
    rows: Sequence[CellSummary],
    style: str = "simple",
    width: int | None = None,
) -> list[str]:
    """The cells in one table, or in one for each value of the axis that the experiment names; then
    what the columns show whose names do not say it."""
    axis = experiment.sections
    lines = [*legend(experiment, rows), *reasons(experiment, rows)]
    notes = _listed(lines, style, width)
    if axis is None:
        return [*_ranked(experiment, rows, style, width), *notes]
    parts = []
    for value in experiment.axes()[axis]:
        own = [row for row in rows if row.cell.get(axis) == value]
        if own:
            heading = f"{axis}: {shown_value(axis, value)}"
            parts.append(f"**{heading}**" if style == "github" else heading)
            parts += _ranked(experiment, own, style, width)
    return parts + notes


def legend(experiment: Experiment, rows: Sequence[CellSummary]) -> list[str]:
    """A line for each column that has a note and a value."""
    return [
        f"{column.name}: {column.note}"
        for column in columns(experiment, rows)
        if column.note and any(column.value(row) is not None for row in rows)
    ]


def _ranked(
    experiment: Experiment, rows: Sequence[CellSummary], style: str, width: int | None
) -> list[str]:
    """A table, and what must be said of the ranks in it."""
    metric = experiment.kind.ranked_by
    remark = rank.remark(rows, metric) if metric else None
    return [cells(experiment, rows, style, width), *fold([remark] if remark else [], width)]


def cells(
    experiment: Experiment,
    rows: Sequence[CellSummary],
    style: str = "simple",
    width: int | None = None,
) -> str:
    """One row a cell; a column in which nothing stands is left out."""
    every = columns(experiment, rows)
    table = [[column.value(row) for column in every] for row in rows]
    kept = [
        i
        for i, column in enumerate(every)
        if column.name in ("lab", "status") or any(line[i] is not None for line in table)
    ]
    if style == "simple" and all(line[-1] == "ok" for line in table):
        kept = kept[:-1]
    sheet = Sheet(
        heads=[every[i].name for i in kept],
        rows=[[_cut(line[i]) if line[i] is not None else "–" for i in kept] for line in table],
        left=[every[i].left for i in kept],
        spare=[every[i].spare for i in kept],
    )
    return grid(sheet, style, width)


def judged(verdicts: Iterable[Verdict], style: str = "simple", width: int | None = None) -> str:
    """One row an expectation: the measured figure with its interval, by how much the interval
    keeps the bound, the bound, the verdict."""
    heads = ["verdict", "expectation", "measured [interval]", "bound", "margin", "n", "why"]
    rows = [_judged(verdict, style) for verdict in verdicts]
    if not any(row[-1] for row in rows):
        heads.pop()
        rows = [row[:-1] for row in rows]
    count = len(heads)
    left = [name in ("verdict", "expectation", "why") for name in heads]
    sheet = Sheet(heads, rows, left, spare=[0, 0, 0, 0, 1, 2, 3][:count], listed=1)
    return grid(sheet, style, width)


def _judged(verdict: Verdict, style: str) -> list[str]:
    clean = _CLEAN[style]
    deciding = verdict.deciding
    cells_of = f" ({covers(verdict)})" if covers(verdict) else ""
    margin = deciding.margin if deciding else None
    return [
        f"{verdict.outcome} NOISY" if verdict.noisy else str(verdict.outcome),
        clean(title(verdict) + cells_of),
        clean(measured(verdict)),
        clean(bound(verdict.expectation)),
        "–" if margin is None else f"{margin:+.0%}",
        str(deciding.repeats) if deciding and deciding.repeats else "–",
        _cut(clean(reason(verdict))),
    ]


def apart(rows: Iterable[CellSummary], metrics: Collection[str]) -> list[str]:
    """The repeats that stand apart from the others of their cell: they count like any other."""
    return [
        f"outlier, kept: {trial}: {metric} is {off:+.0%} off its cell's median"
        for row in rows
        for metric in metrics
        for trial, off in row.outliers(metric).items()
    ]


def remarks(verdicts: Iterable[Verdict], style: str) -> list[str]:
    """What the checks have to say beside their outcome, each once."""
    every = [_CLEAN[style](note) for v in verdicts for check in notes(v) for note in check]
    return [f"note: {note}" for note in dict.fromkeys(every)]


def _listed(lines: Sequence[str], style: str, width: int | None) -> list[str]:
    """Lines of their own: in Markdown they are a list."""
    bullet = "- " if style == "github" else ""
    return ["\n".join(fold([f"{bullet}{line}" for line in lines], width))] if lines else []


def _cut(text: str | None) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= REASON_WIDTH else text[: REASON_WIDTH - 1] + "…"
