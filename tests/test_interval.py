"""Rank intervals: right by brute force, and honest about what few repeats carry."""

from __future__ import annotations

import random
from itertools import combinations
from math import comb

import pytest

from runner.interval import (
    _mann_whitney_cut,
    _mann_whitney_ways,
    median_interval,
    ratio_interval,
)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 3), (2, 5), (5, 2), (5, 5), (4, 7)])
def test_the_null_distribution_is_that_of_every_order(m: int, n: int) -> None:
    counted = [0] * (m * n + 1)
    for places in combinations(range(m + n), m):
        counted[sum(places) - m * (m - 1) // 2] += 1
    assert _mann_whitney_ways(m, n) == counted


def test_three_repeats_carry_no_interval_and_four_do() -> None:
    assert ratio_interval([10.0, 11, 12], [1.0, 1.1, 1.2]).low is None
    found = ratio_interval([10.0, 11, 12, 10.5], [1.0, 1.1, 1.2, 1.05])
    assert found.low is not None
    assert found.high is not None
    assert 8 < found.low < found.estimate < found.high < 12.1


def test_one_outlier_in_five_moves_the_estimate_little() -> None:
    calm = ratio_interval([100.0, 101, 102, 99, 100], [50.0, 51, 49, 50, 50.5])
    shaken = ratio_interval([100.0, 101, 102, 99, 1000], [50.0, 51, 49, 50, 50.5])
    assert shaken.estimate == pytest.approx(calm.estimate, rel=0.03)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(7)
    trials, covered = 2000, 0
    for _ in range(trials):
        over = [2.0 * draw.lognormvariate(0, 0.2) for _ in range(5)]
        under = [draw.lognormvariate(0, 0.2) for _ in range(5)]
        found = ratio_interval(over, under)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 2.0 <= found.high
    assert covered / trials > 0.95


def test_a_ratio_needs_positive_samples() -> None:
    with pytest.raises(ValueError, match="positive"):
        ratio_interval([0.0, 1], [1.0])


def test_the_median_needs_six_for_its_interval() -> None:
    assert median_interval([1.0, 2, 3, 4, 5]).low is None
    assert median_interval([1.0, 2, 3, 4, 5, 6]).low == 1.0
    nine = median_interval([float(n) for n in range(1, 10)])
    assert (nine.low, nine.estimate, nine.high) == (2.0, 5.0, 8.0)


def test_the_cut_is_as_deep_as_the_confidence_allows() -> None:
    cut = _mann_whitney_cut(5, 5)
    assert cut == 2
    ways = _mann_whitney_ways(5, 5)
    assert 2 * sum(ways[: cut + 1]) / comb(10, 5) <= 0.05 < 2 * sum(ways[: cut + 2]) / comb(10, 5)
