"""The warm-up is judged by the time series of the window."""

from __future__ import annotations

import random

import pytest

from runner.measure.steady import interval_ns, unsettled


def fleets(*series: list[int]) -> list[list[int]]:
    return list(series)


def test_a_steady_window_is_settled_however_noisy() -> None:
    draw = random.Random(1)
    for _ in range(500):
        series = [int(1000 * draw.lognormvariate(0, 0.2)) for _ in range(20)]
        assert unsettled(fleets(series)) is None


@pytest.mark.parametrize(
    ("first", "told"), [([600, 700, 800, 850, 900], "×0.80"), ([1300] * 5, "×1.30")]
)
def test_a_beginning_of_another_regime_is_not(first: list[int], told: str) -> None:
    rest = [1000 + step for step in (-30, 20, 10, -20, 0) * 3]
    found = unsettled(fleets([*first, *rest]))
    assert found is not None
    assert f"the first quarter of the window ran at {told} of the rest" in found


def test_what_is_no_matter_is_none() -> None:
    assert unsettled(fleets([970] * 5 + [1000] * 15)) is None, "3% are within what is accepted"
    assert unsettled(fleets([100] * 2 + [1000] * 6)) is None, "eight steps say nothing"
    assert unsettled(fleets([0] * 20)) is None
    assert unsettled(fleets([100] * 5 + [1000] * 15), turns=6) is None, "six turns say nothing"
    assert unsettled(fleets([100] * 5 + [1000] * 15), turns=20) is not None
    assert unsettled([None]) is None


def test_several_fleets_are_judged_as_one() -> None:
    rising, falling = [500] * 5 + [1000] * 15, [1500] * 5 + [1000] * 15
    assert unsettled(fleets(rising, falling)) is None
    assert unsettled(fleets(rising, rising)) is not None
    assert unsettled(fleets(rising, rising[:-1])) is None


def test_a_window_has_twenty_steps_and_none_is_too_short() -> None:
    assert interval_ns(2_000_000_000) == 100_000_000
    assert interval_ns(1_010_000_000) == 50_000_000
    assert interval_ns(20_000_000) == 5_000_000
