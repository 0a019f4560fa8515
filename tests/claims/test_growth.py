"""Growth laws: the fit finds the law that made the data, and its interval holds it."""

from __future__ import annotations

import random

import pytest

from runner.stats.growth import fit, power, slope

SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)


def noisy(a: float, b: float, k: float, noise: float, seed: int = 1) -> dict[int, list[float]]:
    draw = random.Random(seed)
    return {
        n: [(a + b * n**k) * draw.uniform(1 - noise, 1 + noise) for _ in range(9)] for n in SIZES
    }


@pytest.mark.parametrize("k", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_the_exponent_is_found_in_noise(k: float, noise: float) -> None:
    found = fit(noisy(500, 20, k, noise)).exponent
    assert found.low - 0.02 <= k <= found.high + 0.02
    assert found.high - found.low < 0.5


def test_a_flat_cost_cannot_be_told_from_nothing_more() -> None:
    found = fit(noisy(450, 0, 1, 0.1))
    assert found.factor.inside(0.7, 1.4)
    assert found.each.low <= 0 <= found.each.high


def test_a_cost_that_hardly_grows_is_told_from_a_flat_one() -> None:
    assert fit(noisy(450, 0.2, 1, 0.05)).each.low > 0


def test_the_same_data_give_the_same_interval() -> None:
    data = noisy(500, 20, 1, 0.1)
    assert fit(data) == fit({n: list(v) for n, v in reversed(data.items())})


def test_one_outlier_moves_nothing_far() -> None:
    data = noisy(500, 20, 1, 0.02)
    data[1000][4] *= 50
    assert fit(data).exponent.inside(0.9, 1.1)


def test_too_few_sizes_or_no_cost_are_no_law() -> None:
    with pytest.raises(ValueError, match="four sizes"):
        fit({10: [1.0], 100: [2.0], 1000: [3.0]})
    with pytest.raises(ValueError, match="positive"):
        fit({10: [1.0], 100: [2.0], 1000: [0.0], 10_000: [3.0]})


def test_the_power_of_printed_figures() -> None:
    assert power([(10, 2.0), (100, 20.0), (1000, 200.0)]) == pytest.approx(1.0, abs=0.02)


def test_a_slope_with_its_interval() -> None:
    draw = random.Random(3)
    pairs = [(x, 5 + 0.9 * x + draw.uniform(-1, 1)) for x in (0, 10, 20, 40, 80) for _ in range(5)]
    assert slope(pairs).inside(0.85, 0.95)
    with pytest.raises(ValueError, match="two different x"):
        slope([(1.0, 2.0), (1.0, 3.0)])
