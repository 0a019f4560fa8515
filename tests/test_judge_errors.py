"""How often the judge is wrong, and how often it finds what is there: thousands of drawn repeats
through plan, loop and judge, with noise of several kinds. The drawing is seeded."""

from __future__ import annotations

import random
from collections import Counter
from statistics import mean

import pytest

from runner.judge import Decision
from tests.chosen import draws
from tests.conftest import MakeSuite
from tests.drawn import Noise, drawn, outcomes

TWINS = """
    defaults: {repeat: 5, max_repeat: 9}
    experiments:
      - id: twins
        title: t
        server: {lab: [poll, epoll]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}
"""
MANY = """
    defaults: {repeat: 5}
    experiments:
      - id: many
        title: t
        server: {lab: [poll, epoll]}
        fleet: {idle: [0, 1, 2, 3, 4, 5, 6, 7]}
        expect:
          - {ratio: rate, of: {lab: epoll}, to: {lab: poll}, at_least: 1}
"""

TWINS_RUNS = draws(400, 1000)


def calm(draw: random.Random, _block: int) -> float:
    return draw.gauss(0, 0.03)


def bursts(draw: random.Random, block: int) -> float:
    """A neighbour who comes in one repeat of four, and takes up to half."""
    return calm(draw, block) - (draw.uniform(0, 0.7) if draw.random() < 0.25 else 0)


def two_speeds(draw: random.Random, block: int) -> float:
    return calm(draw, block) + draw.choice([0.0, 0.2])


def fading(draw: random.Random, block: int) -> float:
    """Slower from block to block, by twice the noise."""
    return calm(draw, block) - 0.06 * block


class Turns:
    """Two servers that are driven in turns: the machine's pace is common to a block, and the ratio
    of the two is typically off by 1.7%, in one block of twenty by three times as much."""

    __name__ = "turns"

    def __init__(self) -> None:
        self.pace: dict[int, float] = {}

    def __call__(self, draw: random.Random, block: int) -> float:
        second = block in self.pace
        pace = self.pace.pop(block) if second else draw.gauss(0, 0.05)
        if not second:
            self.pace[block] = pace
        return pace + draw.gauss(0, 0.012) * (3 if draw.random() < 0.025 else 1)


POWER = TWINS.replace("repeat: 5, max_repeat: 9", "repeat: 4, max_repeat: 20").replace(
    "title: t", "title: t\n        interleave: 20ms"
)


def test_in_turns_ten_percent_are_found_after_five_repeats(suite_of: MakeSuite) -> None:
    found = list(drawn(suite_of(POWER), 0.10, Turns(), runs=300))
    assert [outcome for outcome, _ in found].count(Decision.FAIL) >= 0.95 * 300
    assert mean(repeats for _, repeats in found) <= 5


def test_in_turns_three_percent_are_found_with_twenty_repeats(suite_of: MakeSuite) -> None:
    found = Counter(outcome for outcome, _ in drawn(suite_of(POWER), 0.03, Turns(), runs=300))
    assert found[Decision.FAIL] >= 0.95 * 300, found
    assert found[Decision.PASS] == 0


def test_in_turns_equal_servers_are_called_different_in_one_run_of_a_hundred(
    suite_of: MakeSuite,
) -> None:
    found = outcomes(suite_of(POWER), 0.0, Turns(), runs=TWINS_RUNS)
    assert found[Decision.PASS] + found[Decision.FAIL] <= 0.01 * TWINS_RUNS, found


@pytest.mark.parametrize("noise", [calm, bursts, two_speeds, fading])
def test_equal_servers_are_called_different_in_one_run_of_a_hundred(
    suite_of: MakeSuite, noise: Noise
) -> None:
    """PASS and FAIL are both wrong: neither is as quick as the other and a little more."""
    found = outcomes(suite_of(TWINS), 0.0, noise, runs=TWINS_RUNS)
    assert found[Decision.PASS] + found[Decision.FAIL] <= 0.01 * TWINS_RUNS, found


def test_ten_percent_are_found_with_nine_repeats(suite_of: MakeSuite) -> None:
    found = outcomes(suite_of(TWINS), 0.10, calm, runs=300)
    assert found[Decision.FAIL] >= 0.95 * 300, found


@pytest.mark.parametrize("noise", [calm, bursts, two_speeds, fading])
def test_three_percent_never_pass(suite_of: MakeSuite, noise: Noise) -> None:
    found = outcomes(suite_of(TWINS), 0.03, noise, runs=300)
    assert found[Decision.PASS] <= 0.01 * 300, found


def test_many_comparisons_and_many_looks_are_not_wrong_more_often(suite_of: MakeSuite) -> None:
    """Eight pairs of equal servers, each looked at four times: the whole suite is wrong in one run
    of a hundred at most."""
    found = outcomes(suite_of(MANY), 0.0, bursts, runs=100)
    assert found[Decision.FAIL] + found[Decision.PASS] <= 2, found
