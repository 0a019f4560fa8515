"""Was the warm-up long enough? The time series of the window says so, and no fixed wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

INTERVALS = 20
"""Steps of a window's time series."""
SHORTEST_NS = 5_000_000
FEWEST = 12
"""Steps below which a series says nothing."""
LEAST = 0.05
"""A beginning that differs by less is no matter."""


def interval_ns(duration_ns: int) -> int:
    """The step of the series, in whole milliseconds."""
    return max(SHORTEST_NS, duration_ns // INTERVALS // 1_000_000 * 1_000_000)


def unsettled(said: Sequence[Sequence[int] | None]) -> str | None:
    """Why the window began too early, None when it did not; from the requests of each of its steps,
    as each load generator counted them.

    Its first quarter must not be another regime: if each of its steps is slower than all steps of
    the rest, or each faster, and the medians are 5% apart, it is. By chance alone the one happens
    in a window of 20 steps once in 7752.
    """
    parts = [each for each in said if each]
    if len(parts) != len(said) or len(set(map(len, parts))) != 1:
        return None
    series = [sum(counts) for counts in zip(*parts, strict=True)]
    if len(series) < FEWEST:
        return None
    quarter = len(series) // 4
    first, rest = series[:quarter], series[quarter:]
    apart = max(first) < min(rest) or min(first) > max(rest)
    if not apart or not median(rest) or abs(median(first) / median(rest) - 1) <= LEAST:
        return None
    return (
        f"the first quarter of the window ran at ×{median(first) / median(rest):.2f} of the rest: "
        "the warm-up was too short; use a longer `warmup`"
    )
