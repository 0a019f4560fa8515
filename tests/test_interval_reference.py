"""Our intervals are what a statistics library's exact tests do not reject: SciPy as the referee.

SciPy has the tests and not the intervals. A shift that its exact test rejects at alpha lies outside
our interval, one that it does not reject lies inside: asked just beside every end.
"""

from __future__ import annotations

import random
from math import exp

import pytest

from runner.stats.interval import median_interval, ratio_interval, signed_rank_cut

NEAR = 1e-9
ALPHAS = [0.1, 0.05, 0.01, 0.002]


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("m", "n"), [(5, 5), (6, 9), (12, 7), (16, 16)])
def test_ratios_are_those_that_mann_whitney_does_not_reject(m: int, n: int, alpha: float) -> None:
    draw = random.Random(m * n)
    over = [exp(draw.gauss(0.1, 0.1)) for _ in range(m)]
    under = [exp(draw.gauss(0, 0.1)) for _ in range(n)]
    found = ratio_interval(over, under, alpha)

    def chance(ratio: float) -> float:
        from scipy import stats  # slow to load, and every worker collects every file

        shifted = [value / ratio for value in over]
        return float(stats.mannwhitneyu(shifted, under, method="exact").pvalue)

    if found.low is None or found.high is None:
        assert chance(1e6) > alpha, "not even the most extreme order is rejected"
        return
    assert chance(found.low * (1 - NEAR)) <= alpha < chance(found.low * (1 + NEAR))
    assert chance(found.high * (1 + NEAR)) <= alpha < chance(found.high * (1 - NEAR))


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n", [8, 12, 20])
def test_centres_are_those_that_wilcoxon_does_not_reject(n: int, alpha: float) -> None:
    draw = random.Random(n)
    steps = [draw.gauss(0.1, 0.1) for _ in range(n)]
    means = sorted((a + b) / 2 for i, a in enumerate(steps) for b in steps[i:])
    cut = signed_rank_cut(n, alpha)

    def chance(centre: float) -> float:
        from scipy import stats

        return float(stats.wilcoxon([step - centre for step in steps], method="exact").pvalue)

    if cut is None:
        assert chance(1e6) > alpha
        return
    low, high = means[cut], means[-1 - cut]
    assert chance(low - NEAR) <= alpha < chance(low + NEAR)
    assert chance(high + NEAR) <= alpha < chance(high - NEAR)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n", [8, 13, 40])
def test_medians_are_those_that_the_sign_test_does_not_reject(n: int, alpha: float) -> None:
    draw = random.Random(n)
    samples = [draw.gauss(10, 1) for _ in range(n)]
    found = median_interval(samples, alpha)

    def chance(middle: float) -> float:
        above = sum(sample > middle for sample in samples)
        from scipy import stats

        return float(stats.binomtest(above, n).pvalue)

    assert found.low is not None
    assert found.high is not None
    if found.method == "widened":
        assert chance(1e6) > alpha
        return
    assert chance(found.low - NEAR) <= alpha < chance(found.low + NEAR)
    assert chance(found.high + NEAR) <= alpha < chance(found.high - NEAR)
