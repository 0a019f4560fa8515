"""Exact rank intervals: what a handful of repeats on a noisy machine can carry. Pure.

A ratio's interval is Hodges and Lehmann's: all pairwise differences of the logarithms, cut where
the Mann-Whitney distribution says. It assumes no shape of the noise, one outlier in five does not
move it far, and with too few repeats there is none (Hollander & Wolfe, Nonparametric Statistical
Methods, 4.3; Conover, 3.2 for the median of one sample).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, exp, log
from statistics import median

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` and `high` are None when the samples are too few for the confidence."""

    estimate: float
    low: float | None
    high: float | None


def ratio_interval(over: Sequence[float], under: Sequence[float]) -> Interval:
    """Of the ratio of what `over` and `under` are draws of. Both must be positive; raises
    ValueError."""
    if not over or not under or min(*over, *under) <= 0:
        raise ValueError("a ratio needs positive samples on both sides")
    steps = sorted(log(a) - log(b) for a in over for b in under)
    estimate = exp(median(steps))
    cut = _mann_whitney_cut(len(over), len(under))
    if cut is None:
        return Interval(estimate, None, None)
    return Interval(estimate, exp(steps[cut]), exp(steps[-1 - cut]))


def median_interval(samples: Sequence[float]) -> Interval:
    """Of the median of what `samples` are draws of, by the binomial distribution of ranks."""
    if not samples:
        raise ValueError("a median needs samples")
    ordered = sorted(samples)
    n = len(ordered)
    cut, tail = None, 0.0
    for k in range(n // 2):
        tail += comb(n, k) / 2**n
        if 2 * tail > 1 - CONFIDENCE:
            break
        cut = k
    if cut is None:
        return Interval(median(ordered), None, None)
    return Interval(median(ordered), ordered[cut], ordered[-1 - cut])


@lru_cache(maxsize=256)
def _mann_whitney_cut(m: int, n: int) -> int | None:
    """How many of the m·n ordered differences lie outside the interval at each end, None when
    even leaving out none is not enough."""
    ways = _mann_whitney_ways(m, n)
    total, tail, cut = comb(m + n, m), 0, None
    for u, count in enumerate(ways):
        tail += count
        if 2 * tail / total > 1 - CONFIDENCE:
            break
        cut = u
    return cut


def _mann_whitney_ways(m: int, n: int) -> list[int]:
    """How many of the orders of m and n draws have U = 0, 1, ..., m·n: the Gaussian binomial
    coefficient's, multiplied and divided out term by term."""
    ways = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):
            ways[u] -= ways[u - n - i]
        for u in range(i, m * n + 1):
            ways[u] += ways[u - i]
    return ways
