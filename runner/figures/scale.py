"""From values to places on an axis, and the marks of the axis. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log10
from typing import Literal

from runner.figures import ticks
from runner.figures.letters import room

GAP = 8
"""Between the names of two marks, at least."""
HEIGHT = 16
"""Of a name, for marks one above the other."""
ZERO = 34
"""The part of a logarithmic axis that a 0 gets for itself: it has no place among powers."""
PADDING = 0.04
LEAST, MOST = 1e-12, 1e18

Kind = Literal["log", "linear", "tail"]


@dataclass(frozen=True, slots=True)
class Axis:
    """`unit` is ns, bytes, share or nothing; `tail` is an axis of percentiles, where 99% is as far
    from 99.9% as that is from 99.99%."""

    title: str
    unit: str = ""
    kind: Kind = "log"
    zero: bool = False
    """A linear axis begins at 0."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Places of values between two edges, and the marks: each with its place and its name."""

    place: Callable[[float], float]
    marks: tuple[tuple[float, str], ...]
    broken: bool = False
    """A 0 stands apart from the powers."""


def across(axis: Axis, values: Iterable[float], left: float, right: float) -> Scale:
    """Names stand side by side."""
    return _scale(axis, list(values), left, right, lambda name: room(name) + GAP)


def upward(axis: Axis, values: Iterable[float], bottom: float, top: float) -> Scale:
    """Names stand one above the other."""
    return _scale(axis, list(values), bottom, top, lambda _name: HEIGHT)


def _scale(
    axis: Axis, values: list[float], begin: float, end: float, size: Callable[[str], float]
) -> Scale:
    known = [_bounded(value) for value in values if isfinite(value)]
    if axis.kind == "tail":
        found = _tail(known, begin, end, size)
    elif axis.kind == "linear":
        found = _linear(axis, known, begin, end, size)
    else:
        found = _log(axis, known, begin, end, size)
    place = found.place
    return replace(found, place=lambda value: place(_bounded(value)))


def _bounded(value: float) -> float:
    """What no server and no clock yields is drawn at the edge: a record may be anyone's."""
    if not isfinite(value):
        return 0.0
    if 0 < value < LEAST:
        return LEAST
    return max(-MOST, min(MOST, value))


def _linear(
    axis: Axis, values: list[float], begin: float, end: float, size: Callable[[str], float]
) -> Scale:
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = min(low, 0.0) if axis.zero else low
    if high <= low:
        high = low + (abs(low) or 1.0)
    pad = (high - low) * PADDING
    low, high = low if axis.zero and low == 0 else low - pad, high + pad

    def place(value: float) -> float:
        return begin + (value - low) / (high - low) * (end - begin)

    sets = [ticks.linear(low, high, about) for about in (2, 3, 4, 5, 6, 8)]
    return Scale(place, _marked(sets, place, axis.unit, size))


def _log(
    axis: Axis, values: list[float], begin: float, end: float, size: Callable[[str], float]
) -> Scale:
    positive = [value for value in values if value > 0]
    zero = any(value <= 0 for value in values) and bool(positive)
    low, high = min(positive, default=1.0), max(positive, default=10.0)
    if high / low < 1.5:
        low, high = low / 1.3, high * 1.3
    pad = (high / low) ** PADDING
    first, last = log10(low / pad), log10(high * pad)
    sign = 1 if end > begin else -1
    start = begin + sign * ZERO if zero else begin

    def place(value: float) -> float:
        if value <= 0:
            return begin + sign * ZERO / 3 if zero else begin
        return start + (log10(value) - first) / (last - first) * (end - start)

    sets = ticks.logarithmic(10**first, 10**last, axis.unit)
    named = list(_marked(sets, place, axis.unit, size))
    marks = [(place(0), "0"), *named] if zero else named
    return Scale(place, tuple(marks), broken=zero)


def _tail(values: list[float], begin: float, end: float, size: Callable[[str], float]) -> Scale:
    """`values` are shares below 1: the place of p is log10(1 / (1 - p))."""
    rest = max((1 / (1 - value) for value in values if value < 1), default=10.0)
    last = log10(max(rest, 10.0)) * (1 + PADDING)

    def place(value: float) -> float:
        return begin + log10(1 / (1 - min(value, 1 - 1e-9))) / last * (end - begin)

    marks = [(place(share), ticks.percent(share)) for share in ticks.shares(rest)]
    return Scale(place, tuple(_thinned(marks, size)))


def _thinned(
    marks: Sequence[tuple[float, str]], size: Callable[[str], float]
) -> list[tuple[float, str]]:
    """Those whose names do not touch the one before."""
    kept: list[tuple[float, str]] = []
    for place, name in marks:
        if not kept or abs(place - kept[-1][0]) >= (size(name) + size(kept[-1][1])) / 2:
            kept.append((place, name))
    return kept


def _marked(
    sets: Iterable[Sequence[float]],
    place: Callable[[float], float],
    unit: str,
    size: Callable[[str], float],
) -> tuple[tuple[float, str], ...]:
    def fits(values: Sequence[float]) -> bool:
        marks = [(place(value), ticks.named(value, unit)) for value in values]
        return len(_thinned(marks, size)) == len(marks)

    every = list(sets)
    chosen = ticks.apart(every, fits) or max(every, key=len)
    return tuple(_thinned([(place(v), ticks.named(v, unit)) for v in chosen], size))
