"""The figures of a run: for each experiment those that suit what it measured. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.claims import Lanes, Ruling
from runner.claims.of_run import Ruled
from runner.figures.figure import Figure
from runner.judge.run import CellSummary, Run
from runner.report.drawn import axes, calls, ceilings, percentiles, rows, sweep
from runner.report.plots import figure_of
from runner.spec import METRICS, Experiment, MetricExpectation, RatioExpectation

MOST = 3
"""Metrics of one experiment that have a figure."""


def figures_of_run(run: Run, claims: Ruled) -> dict[str, list[Figure]]:
    """By the experiment's id. The plots of a claim stand in the first experiment that is evidence
    for it and has no figures of its own for that."""
    placed: set[str] = set()
    figures: dict[str, list[Figure]] = {}
    for experiment in run.experiments():
        names = [
            name
            for name in _candidates(experiment, claims)
            if name not in placed and _belongs(experiment, claims[name][1])
        ]
        placed |= set(names)
        plots = dict.fromkeys(plot for name in names for plot in claims[name][1].plots)
        own = [each for each in _own(experiment, run.cells(experiment)) if each is not None]
        figures[experiment.id] = own + [figure_of(plot) for plot in plots]
    return figures


def _candidates(experiment: Experiment, claims: Ruled) -> list[str]:
    """Traces draw the models side by side, whichever claim the picture belongs to."""
    every = claims if "axes" in experiment.kind.figures else experiment.claims
    return [name for name in every if name in claims and claims[name][1].plots]


def _own(experiment: Experiment, cells: Sequence[CellSummary]) -> Iterator[Figure | None]:
    for name in experiment.kind.figures:
        match name:
            case "metrics":
                yield from _of_metrics(experiment, cells)
            case "latencies":
                yield percentiles.latencies(experiment, cells)
            case "latenesses":
                yield percentiles.latenesses(experiment, cells)
            case "ceilings":
                yield ceilings.figure(experiment, cells)
            case "calls":
                yield calls.figure(experiment, cells)
            case "axes":
                yield axes.figure(cells)


def _of_metrics(experiment: Experiment, cells: Sequence[CellSummary]) -> Iterator[Figure | None]:
    axis = sweep.axis_of(experiment, cells)
    for metric in _metrics(experiment)[:MOST]:
        if axis is not None:
            yield sweep.figure(experiment, cells, axis, metric)
        else:
            yield rows.figure(experiment, cells, metric)


def _metrics(experiment: Experiment) -> list[str]:
    """The one that rows are ranked by, what a request costs, and what verdicts rest on."""
    shown = {column.metric for column in experiment.kind.columns if column.show == "median"}
    first = [experiment.kind.ranked_by or "frame_rate", "cpu_per_request"]
    judged = [
        each.ratio if isinstance(each, RatioExpectation) else each.metric
        for each in experiment.expect
        if isinstance(each, RatioExpectation | MetricExpectation)
    ]
    every = dict.fromkeys([*first, *judged])
    return [metric for metric in every if metric in shown and not METRICS[metric].fact]


def _belongs(experiment: Experiment, ruling: Ruling) -> bool:
    """Whether a ruling's plots stand in the section of an experiment that is evidence for it: the
    load experiments have figures of their own."""
    lanes = any(isinstance(plot, Lanes) for plot in ruling.plots)
    kind = experiment.kind
    return "axes" in kind.figures if lanes else kind.subject == "probe"
