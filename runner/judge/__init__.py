"""Suite and trials to verdicts: every expectation against its bound, by its interval. Pure.

PASS and FAIL only where the data decide: the whole interval lies on one side of the bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from runner.judge.check import metric_check, ran, ratio_check
from runner.judge.cut import Cut, Incomplete, as_cut, cut_short, incomplete
from runner.judge.disturbed import disturbed
from runner.judge.level import comparisons, covered, is_fact, share
from runner.judge.verdict import FACTS, WORST_FIRST, Check, Decision, Sides, Verdict
from runner.records.outcome import Outcome
from runner.spec import Cell, Expectation, Experiment, RatioExpectation, Suite
from runner.stats.interval import ALPHA

__all__ = [
    "FACTS",
    "WORST_FIRST",
    "Check",
    "Cut",
    "Decision",
    "Incomplete",
    "Verdict",
    "comparisons",
    "cut_short",
    "incomplete",
    "undecided",
    "verdicts",
]

ByCell = Mapping[Cell, Sequence[Outcome]]


def verdicts(
    suite: Suite,
    measurements: Iterable[Outcome],
    selected: Collection[Cell] | None = None,
    cut: Cut = MappingProxyType({}),
) -> tuple[Verdict, ...]:
    """One for each expectation that covers a selected cell. `selected` are the cells that the run
    was to measure, without it those that it measured: a verdict passes only where all of them
    that it covers did run. `cut` are the cells that lack planned repeats, because the run ended
    before."""
    by_cell = _by_cell(measurements)
    cells = by_cell if selected is None else {*selected, *by_cell}
    alpha = ALPHA / max(1, comparisons(suite, cells))
    return tuple(
        _verdict(experiment, index, expectation, cells, by_cell, alpha, cut)
        for experiment in suite.experiments
        if any(cell.experiment == experiment.id for cell in cells)
        for index, expectation in enumerate(experiment.expect)
    )


def undecided(
    suite: Suite, measurements: Iterable[Outcome], selected: Collection[Cell] | None = None
) -> tuple[Cell, ...]:
    """The cells of which more repeats could decide something: also where every trial so far was
    disturbed, for the machine may be quiet by then."""
    by_cell = _by_cell(measurements)
    waiting = [
        check
        for verdict in verdicts(suite, [m for some in by_cell.values() for m in some], selected)
        if not is_fact(verdict.expectation)
        for check in verdict.checks
        if check.outcome is Decision.INCONCLUSIVE
        or (check.outcome is Decision.INVALID and any(map(disturbed, _trials(check, by_cell))))
    ]
    return tuple(dict.fromkeys(side for check in waiting for side in check.sides))


def _trials(check: Check, by_cell: ByCell) -> list[Outcome]:
    return [measurement for side in check.sides for measurement in by_cell.get(side, ())]


def _by_cell(measurements: Iterable[Outcome]) -> ByCell:
    by_cell: dict[Cell, list[Outcome]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    return by_cell


def _verdict(
    experiment: Experiment,
    index: int,
    expectation: Expectation,
    cells: Collection[Cell],
    by_cell: ByCell,
    alpha: float,
    cut: Cut,
) -> Verdict:
    """As good as the worst of its checks. With a cell that a missing capability or the run's end
    kept from running it is no PASS."""
    checks = tuple(
        as_cut(_check(expectation, of, to, by_cell, alpha), cut)
        for of, to in covered(experiment, expectation, cells)
    )
    sides = dict.fromkeys(side for check in checks if not check.ran for side in check.sides)
    return Verdict(
        experiment=experiment.id,
        index=index,
        expectation=expectation,
        outcome=min((c.outcome for c in checks), key=WORST_FIRST.index, default=Decision.SKIP),
        checks=checks,
        not_run=tuple(side for side in sides if not ran(by_cell.get(side, ()))),
        left_out=_left_out(experiment, expectation, cells) if checks else (),
    )


def _left_out(
    experiment: Experiment, expectation: Expectation, cells: Collection[Cell]
) -> tuple[Sides, ...]:
    """What a plain run would check, and this one does not: a side of it was not selected."""
    return tuple(
        (of, to)
        for of, to in covered(experiment, expectation, experiment.plain_cells())
        if of not in cells or (to is not None and to not in cells)
    )


def _check(
    expectation: Expectation, of: Cell, to: Cell | None, by_cell: ByCell, alpha: float
) -> Check:
    if isinstance(expectation, RatioExpectation):
        sides = by_cell.get(of, ()), by_cell.get(to or of, ())
        return ratio_check(expectation, of, to or of, *sides, alpha * share(sides))
    own = by_cell.get(of, ())
    return metric_check(expectation, of, own, alpha * share([own]))
