"""Where an axis is marked, and what stands there: 10k, 1M, 5 µs, 1 KiB. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil, floor, log10

_TIMES = ((10**9, "s"), (10**6, "ms"), (1000, "µs"), (1, "ns"))
_BYTES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
_COUNTS = ((10**9, "G"), (10**6, "M"), (1000, "k"), (1, ""))
ENOUGH = 4
"""Marks of an axis: with fewer, finer ones are taken."""


def named(value: float, unit: str = "") -> str:
    """A mark's value, short: it is round, so nothing is lost. `unit` is ns, bytes, share or
    nothing."""
    if unit == "share":
        return f"{100 * value:.6g}%"
    scales = {"ns": _TIMES, "bytes": _BYTES}.get(unit, _COUNTS)
    size, name = next((s for s in scales if abs(value) >= s[0]), scales[-1])
    space = " " if unit in ("ns", "bytes") else ""
    return f"{value / size:.6g}{space}{name}".strip() if value else "0"


def logarithmic(low: float, high: float, unit: str = "") -> list[list[float]]:
    """Marks between two positive values, from the coarsest set to the finest; each set contains
    round values only."""
    if unit == "bytes":
        binary = [list(_powers(low, high, base)) for base in (1024, 32, 4, 2)]
        return [*binary, linear(low, high, 3)]
    first, last = floor(log10(low)), ceil(log10(high))
    powers = range(first, last + 1)
    sets = [[_ten(e) for e in powers if e % step == 0] for step in (6, 4, 3, 2, 1)]
    finer = ((1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))
    sets += [[d * _ten(e) for e in powers for d in digits] for digits in finer]
    within = [[v for v in some if low <= v * 1.0001 and v <= high * 1.0001] for some in sets]
    return [*within, linear(low, high, 5)]


def linear(low: float, high: float, about: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, about so many."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    size = 10.0 ** floor(log10(rough))
    step = next(s * size for s in (1, 2, 5, 10) if s * size >= rough * 0.999)
    first = ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, floor(high / step + 1e-9) + 1)]


def shares(largest: float) -> list[float]:
    """Percentiles 0, 90, 99, 99.9, ... up to the one whose rest is one in `largest`."""
    nines = [1 - 10.0**-e for e in range(1, max(1, floor(log10(max(largest, 10)) + 0.01)) + 1)]
    return [0.0, 0.5, *nines]


def percent(share: float) -> str:
    """With all of its nines: 99.99%."""
    return f"{100 * share:.10g}%"


def _ten(power: int) -> float:
    return float(10.0**power)


def _powers(low: float, high: float, base: int) -> Iterator[float]:
    value = 1
    while value <= high * 1.0001:
        if value >= low * 0.9999:
            yield float(value)
        value *= base


def apart(
    sets: Iterable[Sequence[float]], fits: Callable[[Sequence[float]], bool]
) -> Sequence[float]:
    """The coarsest set with enough marks whose names do not touch; without one the richest set
    whose names do not."""
    best: Sequence[float] = ()
    for marks in sets:
        if fits(marks) and len(marks) > len(best):
            best = marks
            if len(best) >= ENOUGH:
                break
    return best
