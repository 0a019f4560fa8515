"""Sentences below a table that say why its figures are what they are, computed from its rows. Pure.

What a row spends in each request, by its system calls; and which rows depend on the server's past:
on whether it is fresh, or a first crowd of clients has come and gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.judge.ratios import interval_of, paired, samples
from runner.judge.run import CellSummary
from runner.plural import number_of
from runner.spec import Experiment, shown_value
from runner.stats.interval import ALPHA, FEWEST, Interval

CALLS, LOCKS = "syscalls_per_request", "lock_calls_per_request"
MEMORY = "memory_calls_per_request"
_STATES = ("rate", "cpu_per_request")
_IN_EVERY_REQUEST = 0.5
"""Calls a request: fewer are what is left of the beginning."""


def reasons(experiment: Experiment, rows: Sequence[CellSummary]) -> list[str]:
    """Empty where the rows have no such figures."""
    return [*_spent(experiment, rows), *_states(experiment, rows)]


def _spent(experiment: Experiment, rows: Sequence[CellSummary]) -> list[str]:
    calls = {
        _name(experiment, row): n - (row.median(LOCKS) or 0.0)
        for row in rows
        if (n := row.median(CALLS)) is not None
    }
    if len(calls) < 2:
        return []
    memory = {
        _name(experiment, row): n
        for row in rows
        if (n := row.median(MEMORY)) is not None and n >= _IN_EVERY_REQUEST
    }
    least, most = min(calls, key=calls.__getitem__), max(calls, key=calls.__getitem__)
    span = f"{calls[least]:.2f} ({least}) to {calls[most]:.2f} ({most})"
    ends = f"System calls per request, futex aside: {span}"
    if not memory:
        return [f"{ends}; no row changes its memory in every request."]
    named = ", ".join(f"{name} ({n:.2f} of {calls[name]:.2f})" for name, n in memory.items())
    return [f"{ends}; calls that change the server's memory in every request: {named}."]


def _states(experiment: Experiment, rows: Sequence[CellSummary]) -> list[str]:
    """The rows whose figures with a first crowd are not those without. The CPU time of a request
    varies less than the rate, so it shows smaller differences."""
    fresh = {_rest(row): row for row in rows if row.cell.get("first_crowd") == 0}
    later = [row for row in rows if row.cell.get("first_crowd") and _rest(row) in fresh]
    sentences = []
    for metric in _STATES:
        alpha = ALPHA / max(1, len(later)) / len(_STATES)
        intervals = {
            _name(experiment, row): _ratio(row, fresh[_rest(row)], metric, alpha) for row in later
        }
        compared = {name: each for name, each in intervals.items() if each is not None}
        sentences += [_sentence(compared, metric)] if compared else []
    return sentences


def _ratio(
    over: CellSummary, under: CellSummary, metric: str, alpha: float
) -> tuple[float, float, float] | None:
    """Estimate, low and high; None where there are too few repeats for an interval."""
    trials = (*over.measurements, *under.measurements)
    pairs = paired(samples(over.measurements, metric), samples(under.measurements, metric))
    if len(pairs) < FEWEST:
        return None
    try:
        interval: Interval = interval_of(pairs, trials, alpha)
    except ValueError:
        return None
    if interval.low is None or interval.high is None:
        return None
    return interval.estimate, interval.low, interval.high


def _sentence(compared: Mapping[str, tuple[float, float, float]], metric: str) -> str:
    differ = {name: each for name, each in compared.items() if each[1] > 1 or each[2] < 1}
    many = number_of(len(compared), "row")
    if not differ:
        return f"First crowd: no {metric} of {many} differs from the fresh server's beyond noise."
    ordered = sorted(differ.items(), key=lambda each: -max(each[1][0], 1 / each[1][0]))
    named = "; ".join(
        f"{name} \u00d7{middle:.2f} [{low:.2f} to {high:.2f}]"
        for name, (middle, low, high) in ordered
    )
    alike = [each[0] for name, each in compared.items() if name not in differ]
    rest = f"; all other rows \u00d7{min(alike):.2f} to \u00d7{max(alike):.2f}" if alike else ""
    return (
        f"First crowd: {len(differ)} of {many} differ from the fresh server beyond noise "
        f"({metric}): {named}{rest}."
    )


def _rest(row: CellSummary) -> tuple[object, ...]:
    return tuple((axis, value) for axis, value in row.cell.values if axis != "first_crowd")


def _name(experiment: Experiment, row: CellSummary) -> str:
    """The lab, and the other axes on which the rows differ."""
    several = [axis for axis, values in experiment.axes().items() if len(values) > 1]
    words = [
        shown_value(axis, value) if axis in ("lab", "language") else f"{axis}={value}"
        for axis, value in row.cell.values
        if axis in several or axis == "lab"
    ]
    return " ".join(words)
