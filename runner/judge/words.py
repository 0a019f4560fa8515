"""Expectations and figures as a reader sees them. Pure."""

from __future__ import annotations

from runner.interval import Interval
from runner.spec import Expectation, FindingExpectation, RatioExpectation, Selector, shown_value


def bound(expectation: Expectation) -> str:
    if not isinstance(expectation, RatioExpectation) and expectation.equals is not None:
        return f"= {text(expectation.equals)}"
    sign = "×" if isinstance(expectation, RatioExpectation) else ""
    parts = []
    if expectation.at_least is not None:
        parts.append(f"≥ {sign}{text(expectation.at_least)}")
    if expectation.at_most is not None:
        parts.append(f"≤ {sign}{text(expectation.at_most)}")
    return ", ".join(parts)


def sentence(expectation: Expectation) -> str:
    def words(selector: Selector) -> str:
        pins = selector.pins().items()
        named = ["/".join(shown_value(axis, value) for value in some) for axis, some in pins]
        return " ".join(named) or "every cell"

    if isinstance(expectation, RatioExpectation):
        return f"{expectation.ratio}: {words(expectation.of)} ÷ {words(expectation.to)}"
    if isinstance(expectation, FindingExpectation):
        which = " ".join(f"{name}={text(value)}" for name, value in expectation.where.items())
        return f"{expectation.finding} where {which or 'anything was found'}"
    return f"{expectation.metric} of {words(expectation.of)}"


def ends(interval: Interval, sign: str) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{sign}{interval.low:.3g}, {sign}{interval.high:.3g}]"


def text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if value % 1 else f"{value:.0f}"
