"""Measurements to verdicts: every expectation against its bound, by its interval. Pure.

PASS and FAIL only where the data decide: the whole interval lies on one side of the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from runner.judge.disturbed import disturbed
from runner.judge.finding import metric_finding, ratio_finding
from runner.judge.level import ALPHA, comparisons, covered, is_fact, share
from runner.judge.verdict import FACTS, WORST_FIRST, Finding, Outcome, Verdict
from runner.judge.words import bound, sentence
from runner.measurement import Measurement
from runner.spec import Cell, Expectation, Experiment, RatioExpectation, Suite

__all__ = [
    "FACTS",
    "WORST_FIRST",
    "Finding",
    "Outcome",
    "Verdict",
    "comparisons",
    "undecided",
    "verdicts",
]

ByCell = Mapping[Cell, Sequence[Measurement]]


def verdicts(suite: Suite, measurements: Iterable[Measurement]) -> tuple[Verdict, ...]:
    by_cell = _by_cell(measurements)
    alpha = ALPHA / max(1, comparisons(suite, by_cell))
    return tuple(
        _verdict(experiment, index, expectation, by_cell, alpha)
        for experiment in suite.experiments
        if any(cell.experiment == experiment.id for cell in by_cell)
        for index, expectation in enumerate(experiment.expect)
    )


def undecided(suite: Suite, measurements: Iterable[Measurement]) -> tuple[Cell, ...]:
    """The cells of which more repeats could decide something: also where all that there is was
    disturbed, for the machine may be calm by then."""
    by_cell = _by_cell(measurements)
    by_name = {experiment.id: experiment for experiment in suite.experiments}
    waiting = [
        finding
        for verdict in verdicts(suite, [each for some in by_cell.values() for each in some])
        if not is_fact(by_name[verdict.experiment].expect[verdict.index])
        for finding in verdict.findings
        if finding.outcome is Outcome.INCONCLUSIVE
        or (finding.outcome is Outcome.INVALID and any(map(disturbed, _of(finding, by_cell))))
    ]
    sides = [side for finding in waiting for side in (finding.cell, finding.to) if side is not None]
    return tuple(dict.fromkeys(sides))


def _of(finding: Finding, by_cell: ByCell) -> list[Measurement]:
    sides = [finding.cell] if finding.to is None else [finding.cell, finding.to]
    return [measurement for side in sides for measurement in by_cell[side]]


def _by_cell(measurements: Iterable[Measurement]) -> ByCell:
    by_cell: dict[Cell, list[Measurement]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    return by_cell


def _verdict(
    experiment: Experiment,
    index: int,
    expectation: Expectation,
    by_cell: ByCell,
    alpha: float,
) -> Verdict:
    findings = tuple(
        _finding(expectation, of, to, by_cell, alpha)
        for of, to in covered(experiment, expectation, by_cell)
    )
    decided = [finding for finding in findings if finding.outcome is not Outcome.SKIP]
    outcome, reason = Outcome.SKIP, "none of its cells was run"
    if decided:
        outcome = min((finding.outcome for finding in decided), key=WORST_FIRST.index)
        reason = ""
    verdict = Verdict(
        experiment=experiment.id,
        index=index,
        sentence=expectation.title or sentence(expectation),
        bound=bound(expectation),
        outcome=outcome,
        findings=findings,
        points=expectation.points,
        reason=reason,
    )
    deciding = verdict.deciding
    return verdict if deciding is None else replace(verdict, reason=deciding.reason)


def _finding(
    expectation: Expectation, of: Cell, to: Cell | None, by_cell: ByCell, alpha: float
) -> Finding:
    if isinstance(expectation, RatioExpectation):
        sides = by_cell[of], by_cell[to or of]
        return ratio_finding(expectation, of, to or of, *sides, alpha * share(sides))
    return metric_finding(expectation, of, by_cell[of], alpha * share([by_cell[of]]))
