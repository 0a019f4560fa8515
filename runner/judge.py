"""Measurements to verdicts: every expectation against its bound, by its interval. Pure.

PASS and FAIL only where the data decide: the whole interval lies on one side of the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from runner.findings import middle, values
from runner.interval import Interval, median_interval, ratio_interval
from runner.measurement import Measurement, Status
from runner.spec import (
    METRICS,
    Cell,
    Expectation,
    Experiment,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
    Suite,
    pairs,
)


class Outcome(StrEnum):
    """From worst to best: an expectation is as good as the worst of what it covers."""

    FAIL = "FAIL"
    ERROR = "ERROR"
    INVALID = "INVALID"
    INCONCLUSIVE = "INCONCLUSIVE"
    SKIP = "SKIP"
    PASS = "PASS"  # noqa: S105 - not a password


WORST_FIRST = tuple(Outcome)
FACTS = frozenset(
    {
        "errors",
        "served",
        "refused_fd",
        "limit",
        "threads",
        "processes",
        "idle_alive",
        "gaps",
        "dropped",
    }
)
"""Counts and names: not draws from noise, so every repeat must keep the bound."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An expectation held against one cell, or one pair of cells. `interval` is None for facts;
    `repeats` counts the measurements that it rests on."""

    cell: Cell
    to: Cell | None
    outcome: Outcome
    found: str
    repeats: int
    interval: Interval | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation with all of its findings."""

    experiment: str
    index: int
    sentence: str
    bound: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    points: float
    reason: str = ""

    @property
    def earned(self) -> float:
        return self.points if self.outcome is Outcome.PASS else 0.0

    @property
    def deciding(self) -> Finding | None:
        """The finding that the outcome rests on: of the worst kind the one nearest its bound."""
        worst = [finding for finding in self.findings if finding.outcome is self.outcome]
        return min(worst, key=_nearness, default=None)


def verdicts(suite: Suite, measurements: Iterable[Measurement]) -> tuple[Verdict, ...]:
    by_cell: dict[Cell, list[Measurement]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    return tuple(
        _verdict(experiment, index, expectation, by_cell)
        for experiment in suite.experiments
        if any(cell.experiment == experiment.id for cell in by_cell)
        for index, expectation in enumerate(experiment.expect)
    )


def _verdict(
    experiment: Experiment,
    index: int,
    expectation: Expectation,
    by_cell: dict[Cell, list[Measurement]],
) -> Verdict:
    findings = tuple(
        _metric_finding(expectation, of, by_cell[of])
        if not isinstance(expectation, RatioExpectation)
        else _ratio_finding(expectation, of, to or of, by_cell[of], by_cell[to or of])
        for of, to in _covered(experiment, expectation)
        if of in by_cell and (to is None or to in by_cell)
    )
    decided = [finding for finding in findings if finding.outcome is not Outcome.SKIP]
    outcome, reason = Outcome.SKIP, "none of its cells was run"
    if decided:
        outcome = min((finding.outcome for finding in decided), key=WORST_FIRST.index)
        reason = ""
    verdict = Verdict(
        experiment=experiment.id,
        index=index,
        sentence=expectation.title or _sentence(expectation),
        bound=_bound(expectation),
        outcome=outcome,
        findings=findings,
        points=expectation.points,
        reason=reason,
    )
    deciding = verdict.deciding
    return verdict if deciding is None else replace(verdict, reason=deciding.reason)


def _covered(
    experiment: Experiment, expectation: Expectation
) -> Sequence[tuple[Cell, Cell | None]]:
    if isinstance(expectation, RatioExpectation):
        return pairs(experiment, expectation)
    return [(cell, None) for cell in experiment.cells() if cell.matches(expectation.of)]


def _ratio_finding(
    expectation: RatioExpectation,
    of: Cell,
    to: Cell,
    over: Sequence[Measurement],
    under: Sequence[Measurement],
) -> Finding:
    unfit = _unfit(over) or _unfit(under)
    if unfit is not None:
        return Finding(of, to, unfit[0], "no data", 0, reason=unfit[1])
    metric = expectation.ratio
    samples = _numbers(over, metric), _numbers(under, metric)
    if not all(samples) or min(*samples[0], *samples[1]) <= 0:
        return Finding(of, to, Outcome.INVALID, "no data", 0, reason=f"{metric} was not measured")
    interval = ratio_interval(*samples)
    outcome, reason = _against(interval, expectation.at_least, expectation.at_most)
    repeats = min(map(len, samples))
    found = f"×{interval.estimate:.3g}{_range(interval, '×')}"
    return Finding(of, to, outcome, found, repeats, interval, reason)


def _metric_finding(
    expectation: MetricExpectation | FindingExpectation,
    cell: Cell,
    measurements: Sequence[Measurement],
) -> Finding:
    unfit = _unfit(measurements)
    if unfit is not None:
        return Finding(cell, None, unfit[0], "no data", 0, reason=unfit[1])
    name, unit = _asked(expectation)
    sound = [m for m in measurements if m.status is Status.OK]
    found = _figures(expectation, sound)
    if not found:
        return Finding(cell, None, Outcome.INVALID, "no data", 0, reason=f"{name} was not measured")
    if name in FACTS or expectation.equals is not None:
        kept = all(_keeps(value, expectation) for value in found)
        text = " / ".join(dict.fromkeys(_text(value) for value in found))
        return Finding(cell, None, Outcome.PASS if kept else Outcome.FAIL, text, len(sound))
    interval = median_interval([float(value) for value in found])
    outcome, reason = _against(interval, expectation.at_least, expectation.at_most)
    text = f"{interval.estimate:.4g}{_range(interval, '')}{unit}"
    return Finding(cell, None, outcome, text, len(found), interval, reason)


def _asked(expectation: MetricExpectation | FindingExpectation) -> tuple[str, str]:
    """What it asks for by name, and its unit where it has one."""
    if isinstance(expectation, FindingExpectation):
        return expectation.finding, ""
    return expectation.metric, f" {METRICS[expectation.metric].unit}"


def _figures(
    expectation: MetricExpectation | FindingExpectation, sound: Sequence[Measurement]
) -> list[float | str]:
    """One of each repeat; of what a probe told exactly, every finding."""
    if isinstance(expectation, MetricExpectation):
        name = expectation.metric
        return [m.metrics[name] for m in sound if name in m.metrics]
    where, name = expectation.where, expectation.finding
    if expectation.equals is not None:
        return [value for m in sound for value in values(m, where, name)]
    return [number for m in sound if (number := middle(m, where, name)) is not None]


def _unfit(measurements: Sequence[Measurement]) -> tuple[Outcome, str] | None:
    """Why a cell cannot be judged. One fault of the server fails it; what the lab or the
    environment spoilt is left out as long as something sound remains."""
    for status in (Status.FAIL, Status.OK, Status.ERROR, Status.INVALID, Status.SKIP):
        first = next((m for m in measurements if m.status is status), None)
        if first is not None:
            return None if status is Status.OK else (Outcome(status), first.reason)
    return Outcome.SKIP, "not run"


def _numbers(measurements: Sequence[Measurement], metric: str) -> list[float]:
    return [
        float(m.metrics[metric])
        for m in measurements
        if m.status is Status.OK and metric in m.metrics
    ]


def _against(
    interval: Interval, at_least: float | None, at_most: float | None
) -> tuple[Outcome, str]:
    if interval.low is None or interval.high is None:
        return Outcome.INCONCLUSIVE, "too few repeats for a 95% interval; type --repeat 6"
    above = at_least is None or interval.low >= at_least
    below = at_most is None or interval.high <= at_most
    if above and below:
        return Outcome.PASS, ""
    if (at_least is not None and interval.high < at_least) or (
        at_most is not None and interval.low > at_most
    ):
        return Outcome.FAIL, ""
    return Outcome.INCONCLUSIVE, "the interval straddles the bound; more repeats may decide"


def _keeps(value: float | str, expectation: MetricExpectation | FindingExpectation) -> bool:
    if expectation.equals is not None:
        if isinstance(expectation.equals, str) or isinstance(value, str):
            return str(value) == str(expectation.equals)
        return value == expectation.equals
    number = float(value)
    return (expectation.at_least is None or number >= expectation.at_least) and (
        expectation.at_most is None or number <= expectation.at_most
    )


def _bound(expectation: Expectation) -> str:
    if not isinstance(expectation, RatioExpectation) and expectation.equals is not None:
        return f"= {_text(expectation.equals)}"
    sign = "×" if isinstance(expectation, RatioExpectation) else ""
    parts = []
    if expectation.at_least is not None:
        parts.append(f"≥ {sign}{_text(expectation.at_least)}")
    if expectation.at_most is not None:
        parts.append(f"≤ {sign}{_text(expectation.at_most)}")
    return ", ".join(parts)


def _sentence(expectation: Expectation) -> str:
    def words(selector: object) -> str:
        items = dict(selector.items()) if hasattr(selector, "items") else {}
        return " ".join(str(value) for value in items.values()) or "every cell"

    if isinstance(expectation, RatioExpectation):
        return f"{expectation.ratio}: {words(expectation.of)} ÷ {words(expectation.to)}"
    if isinstance(expectation, FindingExpectation):
        which = " ".join(f"{name}={_text(value)}" for name, value in expectation.where.items())
        return f"{expectation.finding} where {which or 'anything was found'}"
    return f"{expectation.metric} of {words(expectation.of)}"


def _range(interval: Interval, sign: str) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{sign}{interval.low:.3g}, {sign}{interval.high:.3g}]"


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if value % 1 else f"{value:.0f}"


def _nearness(finding: Finding) -> float:
    """A smaller figure is nearer to failing; facts stand in their own order."""
    return finding.interval.estimate if finding.interval is not None else 0.0
