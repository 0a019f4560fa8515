"""One expectation against one cell, or one pair of cells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.findings import middle, values
from runner.interval import FEWEST, Interval, blocked_ratio_interval, median_interval
from runner.judge import place, spread
from runner.judge.disturbed import counted, disturbed
from runner.judge.level import is_fact
from runner.judge.verdict import Finding, Outcome
from runner.judge.words import ends, text
from runner.measurement import Measurement, Status
from runner.spec import (
    METRICS,
    Cell,
    Expectation,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
)

Samples = dict[int, float]
"""By block: what was measured side by side is compared side by side."""


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
        return Finding(of, to, unfit[0], "no data", 0, reason=unfit[1])
    sides = _samples(over, metric), _samples(under, metric)
    pairs = {b: (value, sides[1][b]) for b, value in sides[0].items() if b in sides[1]}
    if not all(sides) or min(*sides[0].values(), *sides[1].values()) <= 0:
        return replace(_unmeasured(of, metric), to=to)
    if not pairs:
        reason = "no block in which both were measured soundly"
        return Finding(of, to, Outcome.INVALID, "no data", 0, reason=reason)
    interval = blocked_ratio_interval(pairs, alpha)
    outcome, reason = _against(interval, expectation, len(pairs))
    noisy = [
        note for cell, side in zip((of, to), sides, strict=True) for note in _noise(cell, side)
    ]
    return Finding(
        cell=of,
        to=to,
        outcome=outcome,
        found=f"×{interval.estimate:.3g}{ends(interval, '×')}",
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
        return Finding(cell, None, unfit[0], "no data", 0, reason=unfit[1])
    name, unit = _asked(expectation)
    sound = [m for m in measurements if m.status is Status.OK]
    if is_fact(expectation):
        return _fact(expectation, cell, name, sound)
    samples = {m.block: figure for m in sound if (figure := _figure(expectation, m)) is not None}
    if not samples:
        return _unmeasured(cell, name)
    interval = median_interval(list(samples.values()), alpha)
    outcome, reason = _against(interval, expectation, len(samples))
    noisy = _noise(cell, samples)
    return Finding(
        cell=cell,
        to=None,
        outcome=outcome,
        found=f"{interval.estimate:.4g}{ends(interval, '')}{unit}",
        repeats=len(samples),
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
        return _unmeasured(cell, name)
    if not held:
        return Finding(cell, None, Outcome.INVALID, "no data", 0, reason=told[0][0].reason)
    kept = all(_keeps(value, expectation) for _, value in held)
    found = " / ".join(dict.fromkeys(text(value) for _, value in held))
    repeats = len({m.block for m, _ in held})
    return Finding(cell, None, Outcome.PASS if kept else Outcome.FAIL, found, repeats)


def _unmeasured(cell: Cell, name: str) -> Finding:
    return Finding(cell, None, Outcome.INVALID, "no data", 0, reason=f"{name} was not measured")


def _asked(expectation: MetricExpectation | FindingExpectation) -> tuple[str, str]:
    """What it asks for by name, and its unit where it has one."""
    if isinstance(expectation, FindingExpectation):
        return expectation.finding, ""
    return expectation.metric, f" {METRICS[expectation.metric].unit}"


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
    """Why a cell cannot be judged. One fault of the server fails it; what the lab or the
    environment spoilt is left out as long as something sound remains."""
    for status in (Status.FAIL, Status.OK, Status.ERROR, Status.INVALID, Status.SKIP):
        first = next((m for m in measurements if m.status is status), None)
        if first is not None:
            return None if status is Status.OK else (Outcome(status), first.reason)
    return Outcome.SKIP, "not run"


def _samples(measurements: Sequence[Measurement], metric: str) -> Samples:
    return {
        m.block: float(m.metrics[metric])
        for m in measurements
        if m.status is Status.OK and metric in m.metrics
    }


def _noise(cell: Cell, samples: Samples) -> list[str]:
    typical = spread.deviation(tuple(samples.values()))
    if typical is None or typical <= spread.NOISY:
        return []
    return [f"{cell.name}: repeats are off by {typical * 100:.3g}%, more than {spread.NOISY:.0%}"]


def _against(interval: Interval, expectation: Expectation, repeats: int) -> tuple[Outcome, str]:
    at_least, at_most = expectation.at_least, expectation.at_most
    if interval.low is None or interval.high is None:
        told = f"too few repeats: {repeats}, and nothing is decided below {FEWEST}"
        return Outcome.INCONCLUSIVE, f"{told}; type --repeat 5"
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
        margins.append(1 - (interval.low if failing else interval.high) / expectation.at_most)
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
