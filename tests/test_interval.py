"""Intervals: right by brute force, and honest about what few repeats carry."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations, product
from math import comb, exp, log

import pytest

from runner.stats.interval import (
    blocked_ratio_interval,
    mann_whitney_ways,
    median_interval,
    rank_cut,
    ratio_interval,
    rounds,
    signed_rank_cut,
)

Noise = Callable[[random.Random, int], float]
"""From the number of a block to the logarithm of what it makes of a figure."""


def counted(m: int, n: int) -> list[int]:
    """The distribution of U over every order of m and n draws."""
    ways = [0] * (m * n + 1)
    for places in combinations(range(m + n), m):
        ways[sum(places) - m * (m - 1) // 2] += 1
    return ways


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 3), (2, 5), (5, 2), (5, 5), (4, 7)])
def test_the_null_distribution_is_that_of_every_order(m: int, n: int) -> None:
    assert mann_whitney_ways(m, n) == counted(m, n)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01, 0.002])
@pytest.mark.parametrize("sizes", [((5, 5),), ((3, 3), (4, 4)), ((4, 4), (4, 4)), ((1, 1),) * 8])
def test_the_cut_is_as_deep_as_alpha_allows(
    sizes: tuple[tuple[int, int], ...], alpha: float
) -> None:
    """Over every order of every round together."""
    total, ways = 1, [1]
    for m, n in sizes:
        total *= comb(m + n, m)
        fresh = [0] * (len(ways) + m * n)
        for (i, a), (j, b) in product(enumerate(ways), enumerate(counted(m, n))):
            fresh[i + j] += a * b
        ways = fresh
    cut = rank_cut(sizes, alpha)
    kept = -1 if cut is None else cut
    assert 2 * sum(ways[: kept + 1]) / total <= alpha < 2 * sum(ways[: kept + 2]) / total


@pytest.mark.parametrize("n", [5, 8, 11])
def test_the_cut_of_pairs_is_that_of_every_choice_of_signs(n: int) -> None:
    sums = Counter(
        sum(rank for rank, up in enumerate(signs, 1) if up) for signs in product((0, 1), repeat=n)
    )
    for alpha in (0.1, 0.01, 0.002):
        cut = signed_rank_cut(n, alpha)
        kept = -1 if cut is None else cut
        tails = [2 * sum(sums[w] for w in range(edge + 1)) / 2**n for edge in (kept, kept + 1)]
        assert tails[0] <= alpha < tails[1]


def bounded(steps: list[float], most: int) -> int:
    """The ranks of what lies above 0, none counted as more than `most`."""
    ordered = sorted(steps, key=abs)
    return sum(min(rank, most) for rank, step in enumerate(ordered, 1) if step > 0)


@pytest.mark.parametrize("n", [4, 7, 11])
@pytest.mark.parametrize("most", [1, 3, 5])
def test_the_cut_of_bounded_ranks_is_that_of_every_choice_of_signs(n: int, most: int) -> None:
    sums = Counter(
        sum(min(rank, most) for rank, up in enumerate(signs, 1) if up)
        for signs in product((0, 1), repeat=n)
    )
    for alpha in (0.3, 0.05, 0.01):
        cut = signed_rank_cut(n, alpha, most)
        kept = -1 if cut is None else cut
        tails = [2 * sum(sums[w] for w in range(edge + 1)) / 2**n for edge in (kept, kept + 1)]
        assert tails[0] <= alpha < tails[1]


@pytest.mark.parametrize("n", [12, 16, 20])
def test_pairs_keep_every_centre_that_bounded_ranks_do_not_reject(n: int) -> None:
    """Asked just beside both ends, with ties and without."""
    draw = random.Random(n)
    for digits in (1, 6):
        steps = [round(draw.gauss(0.1, 1), digits) for _ in range(n)]
        cut = signed_rank_cut(n, 0.01, n // 2)
        assert cut is not None
        pairs = {b: (exp(step), 1.0) for b, step in enumerate(steps)}
        found = blocked_ratio_interval(pairs, 0.01, same_moments=True)
        assert found.low is not None
        assert found.high is not None
        low, high = log(found.low), log(found.high)

        def rejected(centre: float, steps: list[float] = steps, cut: int = cut) -> bool:
            above = [step - centre for step in steps]
            below = [-step for step in above]
            return min(bounded(above, n // 2), bounded(below, n // 2)) <= cut

        near = 1e-9
        assert rejected(low - near)
        assert rejected(high + near)
        assert not rejected(low + near)
        assert not rejected(high - near)


def test_what_took_turns_is_judged_without_ranks_across_blocks() -> None:
    """The machine's pace goes up and down by a third from block to block; the ratio does not."""
    draw = random.Random(4)
    paces = [draw.uniform(-0.3, 0.3) for _ in range(20)]
    pairs = {b: (0.97 * exp(p + draw.gauss(0, 0.01)), exp(p)) for b, p in enumerate(paces)}
    same_moments = blocked_ratio_interval(pairs, 0.001, same_moments=True)
    assert same_moments.method == "pairs"
    assert same_moments.high is not None
    assert same_moments.high < 1
    wild = dict(pairs)
    wild[3], wild[11] = (1.4 * wild[3][0], wild[3][1]), (1.3 * wild[11][0], wild[11][1])
    shaken = blocked_ratio_interval(wild, 0.003, same_moments=True)
    assert shaken.high is not None
    assert shaken.high < 1, "two wild blocks of twenty do not hide three per cent"


def test_blocks_are_dealt_into_rounds_of_four_and_more() -> None:
    assert rounds([3, 1, 2]) == [[1, 2, 3]]
    assert [len(dealt) for dealt in rounds(range(7))] == [7]
    assert [len(dealt) for dealt in rounds(range(9))] == [4, 5]
    assert [len(dealt) for dealt in rounds(range(15))] == [5, 5, 5]


def test_three_repeats_carry_no_interval_and_four_do() -> None:
    three = {0: (10.0, 1.0), 1: (11.0, 1.1), 2: (12.0, 1.2)}
    assert blocked_ratio_interval(three).low is None
    found = blocked_ratio_interval({**three, 3: (10.4, 1.05)})
    assert found.low is not None
    assert found.high is not None
    assert 9.5 < found.low < found.estimate < found.high < 10.5


def test_one_outlier_in_five_moves_the_estimate_little() -> None:
    calm = ratio_interval([100.0, 101, 102, 99, 100], [50.0, 51, 49, 50, 50.5])
    shaken = ratio_interval([100.0, 101, 102, 99, 1000], [50.0, 51, 49, 50, 50.5])
    assert shaken.estimate == pytest.approx(calm.estimate, rel=0.03)


def normal(draw: random.Random, block: int) -> float:
    del block
    return draw.gauss(0, 0.05)


def wild(draw: random.Random, block: int) -> float:
    """One repeat in five is thrown far off."""
    return normal(draw, block) - (draw.uniform(0, 1) if draw.random() < 0.2 else 0)


def two_speeds(draw: random.Random, block: int) -> float:
    """A machine that is now slow and now fast, and nothing between."""
    return normal(draw, block) / 2 + draw.choice([0.0, 0.3])


def drifting(draw: random.Random, block: int) -> float:
    """A machine that becomes slower and slower, by more than the noise."""
    return normal(draw, block) - block / 20


@pytest.mark.parametrize("noise", [normal, wild, two_speeds, drifting])
@pytest.mark.parametrize(
    ("repeats", "alpha"), [(4, 0.05), (5, 0.0025), (7, 0.01), (9, 0.05), (13, 0.01)]
)
@pytest.mark.parametrize("same_moments", [False, True], ids=["apart", "together"])
def test_the_truth_is_missed_no_more_often_than_it_says(
    noise: Noise, repeats: int, alpha: float, *, same_moments: bool
) -> None:
    draw = random.Random(f"{noise.__name__} {repeats}")
    trials, missed = 2000, 0
    for _ in range(trials):
        pairs = {b: (exp(log(2) + noise(draw, b)), exp(noise(draw, b))) for b in range(repeats)}
        found = blocked_ratio_interval(pairs, alpha, same_moments=same_moments)
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 2 <= found.high
    assert missed / trials <= alpha + 3 * (alpha / trials) ** 0.5


def test_rounds_find_below_drift_what_one_great_round_does_not() -> None:
    draw = random.Random(3)
    drifted = {b: (0.9 * exp(drifting(draw, b)), exp(drifting(draw, b))) for b in range(16)}
    by_rounds = blocked_ratio_interval(drifted)
    at_once = ratio_interval([a for a, _ in drifted.values()], [b for _, b in drifted.values()])
    assert by_rounds.high is not None
    assert at_once.high is not None
    assert by_rounds.high < 1 < at_once.high


def test_a_ratio_needs_positive_samples() -> None:
    with pytest.raises(ValueError, match="positive"):
        ratio_interval([0.0, 1], [1.0])
    with pytest.raises(ValueError, match="positive"):
        blocked_ratio_interval({})
    with pytest.raises(ValueError, match="positive"):
        blocked_ratio_interval(dict.fromkeys(range(5), (0.0, 1.0)), same_moments=True)


def test_a_median_needs_four_and_with_eight_it_needs_no_shape() -> None:
    assert median_interval([1.0, 2, 3]).low is None
    five = median_interval([100.0, 101, 102, 103, 104])
    assert (five.method, five.estimate) == ("widened", 102.0)
    assert five.low is not None
    assert five.high is not None
    assert 95 < five.low < 100
    assert 104 < five.high < 110
    eight = median_interval([float(n) for n in range(1, 9)])
    assert (eight.method, eight.low, eight.high) == ("ranks", 1.0, 8.0)
    assert median_interval([0.0] * 5).high == 0.0, "nothing to widen where all agree"


def test_the_more_must_be_sure_the_wider_it_is() -> None:
    pairs = {b: (1 + b / 50, 1.0) for b in range(6)}
    widths = []
    for alpha in (0.1, 0.01, 0.001, 0.0001):
        found = blocked_ratio_interval(pairs, alpha)
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
