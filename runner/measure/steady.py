"""Finds from the time series of the window whether the warm-up was long enough. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

INTERVALS = 20
"""How many steps a window's time series has."""
SHORTEST_NS = 5_000_000
FEWEST = 12
"""A series of fewer steps, or of fewer turns, is not judged."""
LEAST = 0.05
"""A beginning that differs by less does no harm."""


def interval_ns(duration_ns: int) -> int:
    """The step of the series, in whole milliseconds."""
    return max(SHORTEST_NS, duration_ns // INTERVALS // 1_000_000 * 1_000_000)


def unsettled(counts_of: Sequence[Sequence[int] | None], turns: int = INTERVALS) -> str | None:
    """Why the window began too early, None when it did not; `counts_of` has the requests in each
    step of the window, as each load generator counted them, and `turns` in how many turns the
    window was driven, where that are fewer than it has steps.

    It began too early if every step of its first quarter is slower than all later steps, or every
    one faster, and the medians are 5% apart. In a window of 20 steps the first of these happens by
    chance once in 7752 windows. The steps of one turn follow each other, while seconds may lie
    between two turns: a machine whose speed changes meanwhile makes a whole turn slower. So a
    window of few turns is not judged.
    """
    parts = [each for each in counts_of if each]
    if len(parts) != len(counts_of) or len(set(map(len, parts))) != 1:
        return None
    series = [sum(counts) for counts in zip(*parts, strict=True)]
    if min(len(series), turns) < FEWEST:
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
