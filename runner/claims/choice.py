"""Which run is the evidence for which experiment, where there are several. Pure.

The newest run that measured an experiment whole. A run with `--quick` or `--filter`, or one that
was interrupted, measured a part: it stands only where no run is whole, the largest part first.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.claims.evidence import Evidence, Source
from runner.judge.level import covered, is_fact
from runner.records.outcome import Outcome, Status
from runner.spec import Cell, Experiment, Suite
from runner.stats.interval import FEWEST

SETTLED = (Status.OK, Status.FAIL, Status.SKIP)


def measured_whole(suite: Suite, measurements: Sequence[Outcome]) -> frozenset[str]:
    """The experiments of which every cell of a plain run was measured as often as the spec says,
    and at least once soundly, and every cell that an interval speaks of often enough for one."""
    by_cell: dict[Cell, list[Outcome]] = {}
    for m in measurements:
        by_cell.setdefault(m.cell, []).append(m)
    return frozenset(
        experiment.id
        for experiment in suite.experiments
        if all(
            len(by_cell.get(cell, ())) >= least
            and any(m.status in SETTLED for m in by_cell.get(cell, ()))
            for cell, least in _needed(suite, experiment).items()
        )
    )


def _needed(suite: Suite, experiment: Experiment) -> dict[Cell, int]:
    cells = experiment.plain_cells()
    timing = suite.timing(experiment)
    needed = dict.fromkeys(cells, timing.repeat)
    for expectation in experiment.expect:
        if is_fact(expectation):
            continue
        for pair in covered(experiment, expectation, cells):
            for cell in pair:
                if cell is not None:
                    needed[cell] = max(timing.repeat, min(FEWEST, timing.most))
    return needed


def evidence(newest_first: Sequence[Source]) -> list[Evidence]:
    """The best evidence for every experiment, then the second best, and so on: a claim for which
    the first says nothing at all may find its answer in another."""
    ranked: dict[str, list[Source]] = {}
    for source in newest_first:
        for experiment in dict.fromkeys(m.cell.experiment for m in source.measurements):
            ranked.setdefault(experiment, []).append(source)
    for experiment, sources in ranked.items():
        sources.sort(key=lambda source: _rank(source, experiment))
    depth = max((len(sources) for sources in ranked.values()), default=1)
    return [_at(ranked, number) for number in range(depth)]


def _rank(source: Source, experiment: str) -> tuple[bool, int]:
    """Whole ones in their order, newest first; then by how much they hold."""
    if experiment in source.whole:
        return False, 0
    sound = [
        m for m in source.measurements if m.cell.experiment == experiment and m.status is Status.OK
    ]
    return True, -len(sound)


def _at(ranked: dict[str, list[Source]], number: int) -> Evidence:
    chosen = {
        experiment: sources[min(number, len(sources) - 1)] for experiment, sources in ranked.items()
    }
    measurements = [
        m
        for experiment, source in chosen.items()
        for m in source.measurements
        if m.cell.experiment == experiment
    ]
    return Evidence(measurements, chosen)
