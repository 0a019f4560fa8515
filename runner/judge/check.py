"""One expectation against one cell, or one pair of cells. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.judge.cause import (
    AllZero,
    Cause,
    DifferentPlaces,
    Lost,
    NoCommonBlock,
    NotMeasured,
    NotPositive,
    NotReached,
    Recorded,
    Straddles,
    TooFewRepeats,
    Unseen,
)
from runner.judge.disturbed import disturbed, usable
from runner.judge.level import is_fact
from runner.judge.placement import differing, shared_cpu
from runner.judge.ratios import Pairs, Samples, interval_of, paired, samples
from runner.judge.too_slow import too_slow
from runner.judge.verdict import Check, Decision, Noise
from runner.records.facts import middle, values
from runner.records.outcome import Outcome, Status
from runner.spec import (
    METRICS,
    Cell,
    Expectation,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
)
from runner.stats import spread
from runner.stats.interval import Interval, median_interval


def ratio_check(
    expectation: RatioExpectation,
    of: Cell,
    to: Cell,
    over: Sequence[Outcome],
    under: Sequence[Outcome],
    alpha: float,
) -> Check:
    metric = expectation.ratio
    over, under = usable(expectation, over), usable(expectation, under)
    trials = [*over, *under]
    unfit = _unfit(over) or _unfit(under)
    slow = too_slow(expectation, over, under, alpha)
    if unfit is not None and (slow is None or unfit[0] is not Decision.INVALID):
        return _without_data(of, to, *unfit, ran=ran(over) and ran(under))
    if slow is not None:
        highest, why = slow
        margin = _margin(highest, expectation)
        return Check(of, to, Decision.FAIL, len(over), highest, cause=why, margin=margin)
    if unseen := _unseen(metric, trials):
        return _without_data(of, to, Decision.SKIP, unseen)
    sides = samples(over, metric), samples(under, metric)
    pairs = paired(*sides)
    cause = _no_ratio(metric, (of, to), trials, sides, pairs)
    if cause is not None:
        return _without_data(of, to, Decision.INVALID, cause)
    interval = interval_of(pairs, trials, alpha)
    outcome, cause = _decided(interval, expectation, len(pairs), trials)
    return Check(
        cell=of,
        to=to,
        outcome=outcome,
        repeats=len(pairs),
        interval=interval,
        cause=cause,
        margin=_margin(interval, expectation),
        noise=(*_noise(of, sides[0]), *_noise(to, sides[1])),
        shared_cpu=shared_cpu(trials),
    )


def metric_check(
    expectation: MetricExpectation | FindingExpectation,
    cell: Cell,
    measurements: Sequence[Outcome],
    alpha: float,
) -> Check:
    measurements = usable(expectation, measurements)
    unfit = _unfit(measurements)
    if unfit is not None:
        return _without_data(cell, None, *unfit, ran=ran(measurements))
    sound = [m for m in measurements if m.status is Status.OK]
    if unseen := _unseen(_name(expectation), sound):
        return _without_data(cell, None, Decision.SKIP, unseen)
    if is_fact(expectation):
        return _fact(expectation, cell, sound)
    figures = {m.block: value for m in sound if (value := _figure(expectation, m)) is not None}
    if not figures:
        return _without_data(cell, None, Decision.INVALID, NotMeasured(_name(expectation)))
    interval = median_interval(list(figures.values()), alpha)
    outcome, cause = _decided(interval, expectation, len(figures), measurements)
    return Check(
        cell=cell,
        to=None,
        outcome=outcome,
        repeats=len(figures),
        interval=interval,
        cause=cause,
        margin=_margin(interval, expectation),
        noise=_noise(cell, figures),
    )


def _fact(
    expectation: MetricExpectation | FindingExpectation, cell: Cell, sound: Sequence[Outcome]
) -> Check:
    every = [(m, value) for m in sound for value in _facts(expectation, m)]
    held = [(m, value) for m, value in every if not disturbed(m) or _keeps(value, expectation)]
    if not held:
        cause = Recorded(every[0][0].reason) if every else NotMeasured(_name(expectation))
        return _without_data(cell, None, Decision.INVALID, cause)
    kept = all(_keeps(value, expectation) for _, value in held)
    return Check(
        cell=cell,
        to=None,
        outcome=Decision.PASS if kept else Decision.FAIL,
        repeats=len({m.block for m, _ in held}),
        values=tuple(dict.fromkeys(value for _, value in held)),
    )


def _without_data(
    cell: Cell, to: Cell | None, outcome: Decision, cause: Cause, *, ran: bool = True
) -> Check:
    return Check(cell, to, outcome, 0, cause=cause, ran=ran)


def _unseen(name: str, trials: Sequence[Outcome]) -> Unseen | None:
    """Why no trial of a cell can have this metric."""
    if name not in METRICS or not METRICS[name].accounted:
        return None
    return next((Unseen(name, t.record.unseen) for t in trials if t.record.unseen), None)


def _no_ratio(
    metric: str,
    cells: tuple[Cell, Cell],
    trials: Sequence[Outcome],
    sides: tuple[Samples, Samples],
    pairs: Pairs,
) -> Cause | None:
    """Why the two cells have no ratio. A sample of 0 has none, nor has a negative one: to leave
    such a pair out would be a choice by its figures."""
    if places := differing(trials):
        return DifferentPlaces(*places)
    if not all(sides):
        return NotMeasured(metric)
    if not pairs:
        return NoCommonBlock()
    if not any(value for pair in pairs.values() for value in pair):
        return AllZero(metric, len(pairs))
    low = [(pair[side], block, side) for block, pair in pairs.items() for side in (0, 1)]
    low = [(value, block, side) for value, block, side in low if value <= 0]
    if not low:
        return None
    value, block, side = low[0]
    affected = len({block for _, block, _ in low})
    return NotPositive(metric, value, block + 1, cells[side], affected, len(pairs))


def _name(expectation: MetricExpectation | FindingExpectation) -> str:
    """The name of the metric, or of the field of a finding."""
    if isinstance(expectation, FindingExpectation):
        return expectation.finding
    return expectation.metric


def _figure(
    expectation: MetricExpectation | FindingExpectation, measurement: Outcome
) -> float | None:
    """One figure a repeat."""
    if isinstance(expectation, FindingExpectation):
        return middle(measurement, expectation.where, expectation.finding)
    value = measurement.metrics.get(expectation.metric)
    return None if value is None else float(value)


def _facts(
    expectation: MetricExpectation | FindingExpectation, measurement: Outcome
) -> list[float | str]:
    """Facts: every value that the probe reported, or the metric of the trial."""
    if isinstance(expectation, FindingExpectation):
        return [*values(measurement, expectation.where, expectation.finding)]
    name = expectation.metric
    return [measurement.metrics[name]] if name in measurement.metrics else []


def _unfit(measurements: Sequence[Outcome]) -> tuple[Decision, Cause] | None:
    """Why a cell cannot be judged. One FAIL of the server fails it; invalid trials and errors of
    the lab are left out as long as a sound trial remains."""
    for status in (Status.FAIL, Status.OK, Status.ERROR, Status.INVALID, Status.SKIP):
        first = next((m for m in measurements if m.status is status), None)
        if first is not None:
            return None if status is Status.OK else (Decision(status), Recorded(first.reason))
    return Decision.INCONCLUSIVE, NotReached()


def ran(measurements: Sequence[Outcome]) -> bool:
    """Whether there is a trial that was not skipped."""
    return any(m.status is not Status.SKIP for m in measurements)


def _noise(cell: Cell, samples: Samples) -> tuple[Noise, ...]:
    typical = spread.deviation(tuple(samples.values()))
    return () if typical is None or typical <= spread.NOISY else (Noise(cell, typical),)


def _decided(
    interval: Interval,
    expectation: Expectation,
    repeats: int,
    trials: Sequence[Outcome],
) -> tuple[Decision, Cause | None]:
    at_least, at_most = expectation.at_least, expectation.at_most
    if interval.low is None or interval.high is None:
        lost = next((m for m in trials if m.status in (Status.INVALID, Status.ERROR)), None)
        what = None if lost is None else Lost(lost.trial, lost.status, lost.reason)
        return Decision.INCONCLUSIVE, TooFewRepeats(repeats, what)
    above = at_least is None or interval.low >= at_least
    below = at_most is None or interval.high <= at_most
    if above and below:
        return Decision.PASS, None
    if (at_least is not None and interval.high < at_least) or (
        at_most is not None and interval.low > at_most
    ):
        return Decision.FAIL, None
    return Decision.INCONCLUSIVE, Straddles()


def _margin(interval: Interval, expectation: Expectation) -> float | None:
    """Of a failing interval the nearer end lies outside the bound."""
    if interval.low is None or interval.high is None:
        return None
    margins = []
    if expectation.at_least:
        failing = interval.high < expectation.at_least
        margins.append((interval.high if failing else interval.low) / expectation.at_least - 1)
    if expectation.at_most:
        failing = interval.low > expectation.at_most
        most = (interval.low if failing else interval.high) / expectation.at_most
        margins.append(1 - most if most <= 1 else 1 / most - 1)
    return min(margins, default=None)


def _keeps(value: float | str, expectation: MetricExpectation | FindingExpectation) -> bool:
    if isinstance(expectation, MetricExpectation) and expectation.one_of is not None:
        return value in expectation.one_of
    if expectation.equals is not None:
        if isinstance(expectation.equals, str) or isinstance(value, str):
            return str(value) == str(expectation.equals)
        return value == expectation.equals
    number = float(value)
    return (expectation.at_least is None or number >= expectation.at_least) and (
        expectation.at_most is None or number <= expectation.at_most
    )
