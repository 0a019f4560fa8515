"""Measurements to verdicts: every expectation against its bound, by its interval. Pure.

PASS and FAIL only where the data decide: the whole interval lies on one side of the bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from runner.judge.cut import Cut, as_cut, cut_short
from runner.judge.disturbed import disturbed
from runner.judge.finding import metric_finding, ran, ratio_finding
from runner.judge.format import bound, sentence
from runner.judge.level import ALPHA, comparisons, covered, is_fact, share
from runner.judge.verdict import FACTS, WORST_FIRST, Finding, Outcome, Verdict
from runner.records.outcome import Measurement
from runner.spec import Cell, Expectation, Experiment, RatioExpectation, Suite

__all__ = [
    "FACTS",
    "WORST_FIRST",
    "Cut",
    "Finding",
    "Outcome",
    "Verdict",
    "comparisons",
    "cut_short",
    "undecided",
    "verdicts",
]

ByCell = Mapping[Cell, Sequence[Measurement]]


def verdicts(
    suite: Suite,
    measurements: Iterable[Measurement],
    selected: Collection[Cell] | None = None,
    cut: Cut = MappingProxyType({}),
) -> tuple[Verdict, ...]:
    """Of every expectation that speaks of a selected cell. `selected` are the cells that the run
    was to measure, without it those that it measured: a verdict passes only where all of them
    that it speaks of did run. `cut` are the cells that lack planned repeats, because the run ended
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
    suite: Suite, measurements: Iterable[Measurement], selected: Collection[Cell] | None = None
) -> tuple[Cell, ...]:
    """The cells of which more repeats could decide something: also where all that there is was
    disturbed, for the machine may be calm by then."""
    by_cell = _by_cell(measurements)
    by_name = {experiment.id: experiment for experiment in suite.experiments}
    waiting = [
        finding
        for verdict in verdicts(suite, [m for some in by_cell.values() for m in some], selected)
        if not is_fact(by_name[verdict.experiment].expect[verdict.index])
        for finding in verdict.findings
        if finding.outcome is Outcome.INCONCLUSIVE
        or (finding.outcome is Outcome.INVALID and any(map(disturbed, _of(finding, by_cell))))
    ]
    sides = [side for finding in waiting for side in (finding.cell, finding.to) if side is not None]
    return tuple(dict.fromkeys(sides))


def _of(finding: Finding, by_cell: ByCell) -> list[Measurement]:
    sides = [finding.cell] if finding.to is None else [finding.cell, finding.to]
    return [measurement for side in sides for measurement in by_cell.get(side, ())]


def _by_cell(measurements: Iterable[Measurement]) -> ByCell:
    by_cell: dict[Cell, list[Measurement]] = {}
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
    """As good as the worst of what it speaks of. What a missing capability or the run's end left
    out is named, and is no PASS."""
    findings = tuple(
        as_cut(_finding(expectation, of, to, by_cell, alpha), cut)
        for of, to in covered(experiment, expectation, cells)
    )
    outcome = min((f.outcome for f in findings), key=WORST_FIRST.index, default=Outcome.SKIP)
    not_run = _names(_sides(f for f in findings if not f.ran), by_cell)
    verdict = Verdict(
        experiment=experiment.id,
        index=index,
        sentence=expectation.title or sentence(expectation),
        bound=bound(expectation),
        outcome=outcome,
        findings=findings,
        points=expectation.points,
        not_run=not_run,
        left_out=_left_out(experiment, expectation, cells) if findings else (),
    )
    return replace(verdict, reason=_reason(verdict), findings=_noted(verdict))


def _reason(verdict: Verdict) -> str:
    """Of what decided it, and which cells did not run."""
    deciding = verdict.deciding
    if deciding is None:
        return "none of its cells was run"
    if not verdict.not_run:
        return deciding.reason
    skipped = next(finding for finding in verdict.findings if not finding.ran)
    said = f"{', '.join(verdict.not_run)} did not run: {skipped.reason}"
    return said if not deciding.ran or not deciding.reason else f"{deciding.reason}; {said}"


def _noted(verdict: Verdict) -> tuple[Finding, ...]:
    """With a note where points depend on cells that were not selected."""
    left = verdict.left_out
    if not left or not verdict.points:
        return verdict.findings
    first, *others = verdict.findings
    more = f" and {len(left) - 1} more" if len(left) > 1 else ""
    note = f"no points without {left[0]}{more}, which this run left out: {verdict.sentence}"
    return (replace(first, notes=(*first.notes, note)), *others)


def _names(cells: Iterable[Cell], by_cell: ByCell) -> tuple[str, ...]:
    """Of those cells that did not run."""
    missing = [cell for cell in cells if not ran(by_cell.get(cell, ()))]
    return tuple(dict.fromkeys(cell.name for cell in missing))


def _sides(findings: Iterable[Finding]) -> Iterator[Cell]:
    for finding in findings:
        yield finding.cell
        if finding.to is not None:
            yield finding.to


def _left_out(
    experiment: Experiment, expectation: Expectation, cells: Collection[Cell]
) -> tuple[str, ...]:
    """The cells, or pairs of cells, of a plain run that it speaks of and that were not selected."""
    return tuple(
        of.name if to is None else f"{of.name} ÷ {to.name}"
        for of, to in covered(experiment, expectation, experiment.plain_cells())
        if of not in cells or (to is not None and to not in cells)
    )


def _finding(
    expectation: Expectation, of: Cell, to: Cell | None, by_cell: ByCell, alpha: float
) -> Finding:
    if isinstance(expectation, RatioExpectation):
        sides = by_cell.get(of, ()), by_cell.get(to or of, ())
        return ratio_finding(expectation, of, to or of, *sides, alpha * share(sides))
    own = by_cell.get(of, ())
    return metric_finding(expectation, of, own, alpha * share([own]))
