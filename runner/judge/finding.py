"""One expectation against one cell, or one pair of cells. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.judge import place, spread
from runner.judge.disturbed import counted, disturbed
from runner.judge.format import ends, figure, text, unit_of
from runner.judge.level import is_fact
from runner.judge.ratios import Pairs, Samples, interval_of, paired, samples
from runner.judge.verdict import Finding, Outcome
from runner.records.facts import middle, values
from runner.records.outcome import Measurement, Status
from runner.spec import (
    METRICS,
    Cell,
    Expectation,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
)
from runner.stats.interval import FEWEST, Interval, median_interval


def ratio_finding(
    expectation: RatioExpectation,
    of: Cell,
    to: Cell,
    over: Sequence[Measurement],
    under: Sequence[Measurement],
    alpha: float,
) -> Finding:
    metric = expectation.ratio
    over, under = counted(expectation, over), counted(expectation, under)
    unfit = _unfit(over) or _unfit(under) or place.differing([*over, *under])
    if unfit is not None:
        return _without_data(of, to, *unfit, ran=ran(over) and ran(under))
    sides = samples(over, metric), samples(under, metric)
    pairs = paired(*sides)
    if not all(sides):
        return _without_data(of, to, Outcome.INVALID, f"{metric} was not measured")
    if not pairs:
        reason = "no block in which both were measured soundly"
        return _without_data(of, to, Outcome.INVALID, reason)
    if reason := _no_ratio(metric, (of, to), pairs):
        return _without_data(of, to, Outcome.INVALID, reason)
    interval = interval_of(pairs, [*over, *under], alpha)
    outcome, reason = _against(interval, expectation, len(pairs), [*over, *under])
    noisy = [
        note for cell, side in zip((of, to), sides, strict=True) for note in _noise(cell, side)
    ]
    return Finding(
        cell=of,
        to=to,
        outcome=outcome,
        found=f"×{text(interval.estimate)}{ends(interval, '×')}",
        repeats=len(pairs),
        interval=interval,
        reason=reason,
        margin=_margin(interval, expectation),
        noisy=bool(noisy),
        notes=(*noisy, *place.shared([*over, *under])),
    )


def metric_finding(
    expectation: MetricExpectation | FindingExpectation,
    cell: Cell,
    measurements: Sequence[Measurement],
    alpha: float,
) -> Finding:
    measurements = counted(expectation, measurements)
    unfit = _unfit(measurements)
    if unfit is not None:
        return _without_data(cell, None, *unfit, ran=ran(measurements))
    name, unit = _asked(expectation)
    sound = [m for m in measurements if m.status is Status.OK]
    if is_fact(expectation):
        return _fact(expectation, cell, name, sound)
    figures = {m.block: value for m in sound if (value := _figure(expectation, m)) is not None}
    if not figures:
        return _without_data(cell, None, Outcome.INVALID, f"{name} was not measured")
    interval = median_interval(list(figures.values()), alpha)
    outcome, reason = _against(interval, expectation, len(figures), measurements)
    scale = unit_of(expectation)
    noisy = _noise(cell, figures)
    return Finding(
        cell=cell,
        to=None,
        outcome=outcome,
        found=f"{figure(interval.estimate, scale)}{ends(interval, '', scale)}{unit}",
        repeats=len(figures),
        interval=interval,
        reason=reason,
        margin=_margin(interval, expectation),
        noisy=bool(noisy),
        notes=tuple(noisy),
    )


def _fact(
    expectation: MetricExpectation | FindingExpectation,
    cell: Cell,
    name: str,
    sound: Sequence[Measurement],
) -> Finding:
    told = [(m, value) for m in sound for value in _told(expectation, m)]
    held = [(m, value) for m, value in told if not disturbed(m) or _keeps(value, expectation)]
    if not told:
        return _without_data(cell, None, Outcome.INVALID, f"{name} was not measured")
    if not held:
        return _without_data(cell, None, Outcome.INVALID, told[0][0].reason)
    kept = all(_keeps(value, expectation) for _, value in held)
    scale = unit_of(expectation)
    found = " / ".join(dict.fromkeys(figure(value, scale) for _, value in held))
    repeats = len({m.block for m, _ in held})
    return Finding(cell, None, Outcome.PASS if kept else Outcome.FAIL, found, repeats)


def _without_data(
    cell: Cell, to: Cell | None, outcome: Outcome, reason: str, *, ran: bool = True
) -> Finding:
    return Finding(cell, to, outcome, "no data", 0, reason=reason, ran=ran)


def _no_ratio(metric: str, sides: tuple[Cell, Cell], pairs: Pairs) -> str:
    """Why these pairs have no ratio: a figure of 0 has none, nor has a negative one. Empty where
    they have. To leave such a pair out would be a choice by its figures."""
    advice = f"for a {metric} that can be 0 type metric: {metric} in place of the ratio"
    if not any(value for pair in pairs.values() for value in pair):
        blocks = "the one block" if len(pairs) == 1 else f"all {len(pairs)} blocks"
        return f"{metric} is 0 on both sides in {blocks}: there is no ratio of zeros; {advice}"
    low = [(pair[side], block, side) for block, pair in pairs.items() for side in (0, 1)]
    low = [(value, block, side) for value, block, side in low if value <= 0]
    if not low:
        return ""
    value, block, side = low[0]
    count = len({block for _, block, _ in low})
    return (
        f"{metric} is {text(value)} in repeat {block + 1} of {sides[side].name}, 0 or less in "
        f"{count} of {len(pairs)} blocks: a ratio needs figures above 0 on both sides; {advice}"
    )


def _asked(expectation: MetricExpectation | FindingExpectation) -> tuple[str, str]:
    """The name of the metric or the field, and the unit that is not part of the figure itself."""
    if isinstance(expectation, FindingExpectation):
        return expectation.finding, ""
    return expectation.metric, "" if unit_of(
        expectation
    ) else f" {METRICS[expectation.metric].unit}"


def _figure(
    expectation: MetricExpectation | FindingExpectation, measurement: Measurement
) -> float | None:
    """One of each repeat."""
    if isinstance(expectation, FindingExpectation):
        return middle(measurement, expectation.where, expectation.finding)
    value = measurement.metrics.get(expectation.metric)
    return None if value is None else float(value)


def _told(
    expectation: MetricExpectation | FindingExpectation, measurement: Measurement
) -> list[float | str]:
    """Of what a probe told exactly, every finding."""
    if isinstance(expectation, FindingExpectation):
        return [*values(measurement, expectation.where, expectation.finding)]
    name = expectation.metric
    return [measurement.metrics[name]] if name in measurement.metrics else []


def _unfit(measurements: Sequence[Measurement]) -> tuple[Outcome, str] | None:
    """Why a cell cannot be judged. One fault of the server fails it; what the lab failed at or the
    environment disturbed is left out as long as something sound remains."""
    for status in (Status.FAIL, Status.OK, Status.ERROR, Status.INVALID, Status.SKIP):
        first = next((m for m in measurements if m.status is status), None)
        if first is not None:
            return None if status is Status.OK else (Outcome(status), first.reason)
    return Outcome.INCONCLUSIVE, "the run ended before it"


def ran(measurements: Sequence[Measurement]) -> bool:
    """Whether there is a trial that was not skipped."""
    return any(m.status is not Status.SKIP for m in measurements)


def _noise(cell: Cell, samples: Samples) -> list[str]:
    typical = spread.deviation(tuple(samples.values()))
    if typical is None or typical <= spread.NOISY:
        return []
    return [f"{cell.name}: repeats are off by {text(typical * 100)}%, more than {spread.NOISY:.0%}"]


def _against(
    interval: Interval,
    expectation: Expectation,
    repeats: int,
    trials: Sequence[Measurement],
) -> tuple[Outcome, str]:
    at_least, at_most = expectation.at_least, expectation.at_most
    if interval.low is None or interval.high is None:
        told = f"too few repeats: {repeats}, and nothing is decided below {FEWEST}"
        lost = next((m for m in trials if m.status in (Status.INVALID, Status.ERROR)), None)
        why = "type --repeat 5" if lost is None else f"{lost.trial} is {lost.status}: {lost.reason}"
        return Outcome.INCONCLUSIVE, f"{told}; {why}"
    above = at_least is None or interval.low >= at_least
    below = at_most is None or interval.high <= at_most
    if above and below:
        return Outcome.PASS, ""
    if (at_least is not None and interval.high < at_least) or (
        at_most is not None and interval.low > at_most
    ):
        return Outcome.FAIL, ""
    return Outcome.INCONCLUSIVE, "the interval straddles the bound; more repeats may decide"


def _margin(interval: Interval, expectation: Expectation) -> float | None:
    """A failing interval's nearer end is the one that looks at the bound from outside."""
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
    if expectation.equals is not None:
        if isinstance(expectation.equals, str) or isinstance(value, str):
            return str(value) == str(expectation.equals)
        return value == expectation.equals
    number = float(value)
    return (expectation.at_least is None or number >= expectation.at_least) and (
        expectation.at_most is None or number <= expectation.at_most
    )
