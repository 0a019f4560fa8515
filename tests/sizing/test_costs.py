"""Samples -> costs: slopes of each round, and what an interval over the rounds contains."""

from __future__ import annotations

import pytest

from runner.sizing.costs import costs_of
from tests.sizing.samples import FIXED, GENERATOR, KERNEL, OPENING, REQUEST, USED, samples


def test_costs_are_the_slopes_and_each_end_has_half_of_the_kernel() -> None:
    costs = costs_of(tuple(samples()))
    assert costs.server.kernel.each.estimate == pytest.approx(KERNEL / 2)
    assert costs.generator.kernel.each.estimate == pytest.approx(KERNEL / 2)
    assert costs.server.kernel.fixed.estimate == pytest.approx(FIXED / 2)
    assert costs.generator.process.each.estimate == pytest.approx(GENERATOR)
    assert costs.generator.bytes_each.estimate == pytest.approx(KERNEL / 2 + GENERATOR)
    assert costs.used.each.estimate == pytest.approx(USED)
    assert costs.server.opening.estimate == pytest.approx(OPENING)
    assert costs.generator.request.estimate == pytest.approx(2 * REQUEST)
    assert costs.segments == pytest.approx(1.5)
    assert (costs.sizes, costs.rounds) == ((1000, 4000, 8000), 5)


def test_an_interval_is_as_wide_as_the_rounds_differ() -> None:
    narrow, wide = (costs_of(tuple(samples(noise))).server.kernel.each for noise in (0.01, 0.2))
    for each, noise in ((narrow, 0.01), (wide, 0.2)):
        assert each.low is not None
        assert each.high is not None
        assert each.low <= KERNEL / 2 * (1 - noise)
        assert each.high >= KERNEL / 2 * (1 + noise)
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


def test_a_prediction_is_the_line_and_not_the_slope_alone() -> None:
    line = costs_of(tuple(samples(0.05))).server.kernel
    said = line.at(100_000)
    assert said.estimate == pytest.approx((KERNEL * 100_000 + FIXED) / 2)
    assert said.low is not None
    assert said.high is not None
    assert said.low < said.estimate * 0.95
    assert said.high > said.estimate * 1.05


@pytest.mark.parametrize(
    "kept",
    [
        lambda s: s.connections == 1000,
        lambda s: s.round < 3,
        lambda s: s.round < 4 or s.connections > 1000,
    ],
    ids=["one size", "three rounds", "a round without a size"],
)
def test_too_few_samples_are_refused(kept: object) -> None:
    assert callable(kept)
    with pytest.raises(ValueError, match="two sizes or more in each of 4 rounds"):
        costs_of([each for each in samples() if kept(each)])
