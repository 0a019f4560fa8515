"""Expectations and figures as a reader sees them. Pure."""

from __future__ import annotations

from decimal import Decimal
from math import floor, isfinite, log10

from runner.spec import (
    METRICS,
    Expectation,
    FindingExpectation,
    MetricExpectation,
    RatioExpectation,
    Selector,
    shown_value,
)
from runner.stats.interval import Interval

_SCALES = {
    "ns": ((10**9, "s"), (10**6, "ms"), (1000, "µs"), (1, "ns")),
    "bytes": ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")),
}
"""Units in which a figure is shown, by the unit in which it is kept; the largest that fits."""


def bound(expectation: Expectation) -> str:
    unit = unit_of(expectation)
    if isinstance(expectation, MetricExpectation) and expectation.one_of is not None:
        return f"one of {'; '.join(expectation.one_of)}"
    if not isinstance(expectation, RatioExpectation) and expectation.equals is not None:
        return f"= {_exact(expectation.equals, unit)}"
    sign = "×" if isinstance(expectation, RatioExpectation) else ""
    parts = []
    if expectation.at_least is not None:
        parts.append(f"≥ {sign}{_exact(expectation.at_least, unit)}")
    if expectation.at_most is not None:
        parts.append(f"≤ {sign}{_exact(expectation.at_most, unit)}")
    return ", ".join(parts)


def unit_of(expectation: Expectation) -> str:
    """The unit of the figures that are held against the bound, where they have one that scales."""
    unit = METRICS[expectation.metric].unit if isinstance(expectation, MetricExpectation) else ""
    return unit if unit in _SCALES else ""


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


def ends(interval: Interval, sign: str = "", unit: str = "") -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{sign}{figure(interval.low, unit)}, {sign}{figure(interval.high, unit)}]"


def figure(value: float | str, unit: str = "") -> str:
    """A figure with its unit in the scale in which it is read: 2.91 ms, and not 2911000 ns."""
    if isinstance(value, str):
        return value
    size, name = _scale(value, unit)
    return f"{text(value / size)}{name}"


def text(value: float | str) -> str:
    """Three or four digits, whole numbers whole, and never a power of ten."""
    if isinstance(value, str) or not isfinite(value):
        return str(value)
    if value == round(value):
        return f"{value:.0f}"
    digits = 2 - floor(log10(abs(value)))
    return _short(f"{value:.{min(max(digits, 1 if abs(value) < 1000 else 0), 12)}f}")


def _exact(value: float | str, unit: str) -> str:
    """A bound is shown as it is in force, whatever its digits."""
    if isinstance(value, str):
        return value
    size, name = _scale(value, unit)
    return f"{_short(f'{Decimal(str(value)) / Decimal(size):f}')}{name}"


def _scale(value: float, unit: str) -> tuple[int, str]:
    if unit not in _SCALES:
        return 1, ""
    size, name = next((s for s in _SCALES[unit] if abs(value) >= s[0]), _SCALES[unit][-1])
    return size, f" {name}"


def _short(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
