"""Intervals that a handful of repeats on a noisy machine can carry. Pure.

Which method is used depends on counts alone, never on the figures:

ranks    all differences of the logarithms, cut where the Mann-Whitney distribution says: Hodges
         and Lehmann's interval. It assumes no shape of the noise. Repeats are compared within
         their round of about four blocks only, so that a machine which drifts from round to round
         shifts both sides alike (Hollander & Wolfe, Nonparametric Statistical Methods, 4.3; van
         Elteren, 1960, for the rounds).
pairs    the differences within each block alone, which no drift touches. From about a dozen blocks
         the interval of signed ranks (Hollander & Wolfe, 3.3) in which no difference weighs more
         than the median one: one disturbed block of ten then costs little. Below, where so few
         have none of that confidence, it is widened: the range of the differences and t times as
         much on either side. Both assume that noise is symmetric, the second also that it has one
         peak, of any width, even another one in each block (Lanke, Interval estimation of a mode,
         1974).

docs/statistics.md explains them, and tests/test_interval.py proves them against every order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import comb, exp, log, prod
from statistics import median

CONFIDENCE = 0.99
"""Of all that one suite says together; see runner/judge/level.py for a single interval's."""

ALPHA = 1 - CONFIDENCE
"""The chance that any verdict of a suite that rests on an interval is wrong."""

FEWEST = 4
"""Repeats: below, nothing is decided, however wide the margin."""

ROUND = 4
"""Blocks that are compared with each other; see `rounds`."""

Stratum = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` and `high` are None when the samples are too few for the confidence."""

    estimate: float
    low: float | None
    high: float | None
    confidence: float = CONFIDENCE
    method: str = "ranks"


def ratio_interval(over: Sequence[float], under: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Of the ratio of what `over` and `under` are draws of, with no block in common. All must be
    positive; raises ValueError. `alpha` is the chance to miss the true ratio."""
    return _by_ranks([(over, under)], alpha)


def blocked_ratio_interval(
    pairs: Mapping[int, tuple[float, float]],
    alpha: float = ALPHA,
    *,
    same_moments: bool = False,
) -> Interval:
    """The same for two samples from each block, by the block's number. Both methods at half of
    `alpha` each, and what they agree on, where the repeats are enough; else the one that has an
    interval. `same_moments`: the two of a block were measured in the same moments, so that ranks
    across blocks would only add what the machine did from one block to the next: pairs alone."""
    if same_moments and len(pairs) >= FEWEST:
        return _by_pairs(pairs, alpha)
    dealt = [[pairs[block] for block in blocks] for blocks in rounds(pairs)]
    strata = [([a for a, _ in some], [b for _, b in some]) for some in dealt]
    ratios = [log(over / under) for over, under in pairs.values() if min(over, under) > 0]
    ranked = _by_ranks(strata, alpha / 2)
    if ranked.low is not None and ranked.high is not None:
        low, high = map(exp, _paired(ratios, alpha / 2))
        if max(low, ranked.low) <= min(high, ranked.high):
            low, high = max(low, ranked.low), min(high, ranked.high)
            return Interval(ranked.estimate, low, high, 1 - alpha, "ranks and pairs")
        return replace(ranked, confidence=1 - alpha)
    ranked = _by_ranks(strata, alpha)
    if ranked.low is not None or len(pairs) < FEWEST:
        return ranked
    return _by_pairs(pairs, alpha)


def _by_pairs(pairs: Mapping[int, tuple[float, float]], alpha: float) -> Interval:
    if min(min(pair) for pair in pairs.values()) <= 0:
        raise ValueError("a ratio needs positive samples on both sides")
    ratios = [log(over / under) for over, under in pairs.values()]
    low, high = map(exp, _paired(ratios, alpha))
    return Interval(exp(median(ratios)), low, high, 1 - alpha, "pairs")


def median_interval(samples: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Of the median of what `samples` are draws of, by the binomial distribution of ranks
    (Conover, Practical Nonparametric Statistics, 3.2)."""
    if not samples:
        raise ValueError("a median needs samples")
    ordered, middle = sorted(samples), median(samples)
    cut = _binomial_cut(len(ordered), alpha)
    if cut is not None:
        return Interval(middle, ordered[cut], ordered[-1 - cut], 1 - alpha)
    if len(ordered) < FEWEST:
        return Interval(middle, None, None, 1 - alpha)
    if ordered[0] > 0:  # times and rates vary in proportion
        low, high = map(exp, _widened([log(value) for value in ordered], alpha))
    else:
        low, high = _widened(ordered, alpha)
    return Interval(middle, low, high, 1 - alpha, "widened")


def rounds(blocks: Iterable[int]) -> list[list[int]]:
    """Blocks in their order, dealt into rounds of four and more: a smaller round would leave so
    few orders that chance explains each of them."""
    ordered = sorted(blocks)
    count = max(1, len(ordered) // ROUND)
    edges = [len(ordered) * i // count for i in range(count + 1)]
    return [ordered[a:b] for a, b in pairwise(edges)]


def _by_ranks(strata: Sequence[Stratum], alpha: float) -> Interval:
    samples = [value for over, under in strata for value in (*over, *under)]
    if not samples or not all(over and under for over, under in strata) or min(samples) <= 0:
        raise ValueError("a ratio needs positive samples on both sides")
    steps = sorted(log(a) - log(b) for over, under in strata for a in over for b in under)
    estimate = exp(median(steps))
    cut = rank_cut(tuple(sorted((len(over), len(under)) for over, under in strata)), alpha)
    if cut is None:
        return Interval(estimate, None, None, 1 - alpha)
    return Interval(estimate, exp(steps[cut]), exp(steps[-1 - cut]), 1 - alpha)


def _paired(samples: Sequence[float], alpha: float) -> tuple[float, float]:
    """Of the centre of what the samples are symmetric draws of: by signed ranks, where so few
    samples have such an interval."""
    most = len(samples) // 2
    cut = signed_rank_cut(len(samples), alpha, most)
    if cut is None:
        return _widened(samples, alpha)
    mirrored = [-value for value in samples]
    return -_upper_end(mirrored, cut, most), _upper_end(samples, cut, most)


def _upper_end(samples: Sequence[float], cut: int, most: int) -> float:
    """The least mean of two samples beyond which every centre is rejected: more than `cut` of the
    bounded ranks lie above every smaller one. The sum falls as the centre rises, and changes at
    those means alone, so it is looked at between them."""
    means = sorted({(a + b) / 2 for i, a in enumerate(samples) for b in samples[i:]})
    low, high = 0, len(means) - 1
    while low < high:
        middle = (low + high) // 2
        centre = (means[middle] + means[middle + 1]) / 2
        if _sum_above(samples, centre, most) <= cut:
            high = middle
        else:
            low = middle + 1
    return means[low]


def _sum_above(samples: Sequence[float], centre: float, most: int) -> int:
    """The ranks of the distances from the centre, none counted as more than `most`, summed over
    the samples above it."""
    steps = sorted((value - centre for value in samples), key=abs)
    return sum(min(rank, most) for rank, step in enumerate(steps, 1) if step > 0)


def _widened(samples: Sequence[float], alpha: float) -> tuple[float, float]:
    """Were all n draws on one side of the centre, they would be so with chance 2^(1-n); that their
    range R is then less than 1/t of their distance has the chance (1+t)^(1-n) on top."""
    reach = max(0.0, alpha ** (-1 / (len(samples) - 1)) / 2 - 1)
    low, high = min(samples), max(samples)
    return low - reach * (high - low), high + reach * (high - low)


@lru_cache(maxsize=1024)
def rank_cut(sizes: tuple[tuple[int, int], ...], alpha: float) -> int | None:
    """How many of the ordered differences lie outside the interval at each end, None when even
    leaving out none is not enough. `sizes` are the repeats of both sides, round by round."""
    ways = [1]
    for m, n in sizes:
        ways = _times(ways, mann_whitney_ways(m, n))
    return _cut(ways, prod(comb(m + n, m) for m, n in sizes), alpha)


def _cut(ways: Sequence[int], total: int, alpha: float) -> int | None:
    tail, cut = 0, None
    for value, count in enumerate(ways):
        tail += count
        if 2 * tail > alpha * total:
            break
        cut = value
    return cut


@lru_cache(maxsize=1024)
def signed_rank_cut(n: int, alpha: float, most: int | None = None) -> int | None:
    """The greatest sum of signed ranks that is rejected at either end, None where none is: from
    the number of sets of ranks 1..n that have each sum. No rank counts as more than `most`."""
    ways = [1]
    for rank in range(1, n + 1):
        score = rank if most is None else min(rank, most)
        ways = _times(ways, [1] + [0] * (score - 1) + [1])
    return _cut(ways, 2**n, alpha)


@lru_cache(maxsize=256)
def _binomial_cut(n: int, alpha: float) -> int | None:
    return _cut([comb(n, k) for k in range(n // 2)], 2**n, alpha)


def mann_whitney_ways(m: int, n: int) -> list[int]:
    """How many of the orders of m and n draws have U = 0, 1, ..., m·n: the Gaussian binomial
    coefficient's, multiplied and divided out term by term."""
    ways = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):
            ways[u] -= ways[u - n - i]
        for u in range(i, m * n + 1):
            ways[u] += ways[u - i]
    return ways


def _times(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """The distribution of a sum: of what two independent rounds count."""
    product = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            product[i + j] += a * b
    return product
