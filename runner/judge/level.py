"""How sure each single interval must be, so that all of a suite together are 99% sure. Pure.

Every comparison takes an equal share of the 1% (Bonferroni), and every look at it a share of that:
looking again after each round of repeats, and stopping when it pleases, would otherwise find a
difference sooner or later. The first look takes most, because most is decided there; the last
takes more than those between, because what is left open then stays open. The sum of all shares
bounds the chance of any wrong verdict, however the looks and
the comparisons hang together. Facts take no share: they are not estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from runner.judge.verdict import FACTS
from runner.records.outcome import Measurement
from runner.spec import (
    Cell,
    Expectation,
    Experiment,
    MetricExpectation,
    RatioExpectation,
    Suite,
    pairs,
)
from runner.stats.interval import CONFIDENCE, FEWEST

ALPHA = 1 - CONFIDENCE
"""The chance that anything a suite says PASS or FAIL to by an interval is wrong."""

FIRST, LAST = 0.70, 0.15
"""Of a comparison's chance to be wrong, what the first look may spend, and what the last."""


def is_fact(expectation: Expectation) -> bool:
    if isinstance(expectation, RatioExpectation):
        return False
    named = isinstance(expectation, MetricExpectation) and expectation.metric in FACTS
    return named or expectation.equals is not None


def covered(
    experiment: Experiment, expectation: Expectation, cells: Collection[Cell]
) -> Iterator[tuple[Cell, Cell | None]]:
    """What the expectation speaks of, as far as it is among `cells`."""
    every: Sequence[tuple[Cell, Cell | None]] = (
        pairs(experiment, expectation)
        if isinstance(expectation, RatioExpectation)
        else [(cell, None) for cell in experiment.cells() if cell.matches(expectation.of)]
    )
    return ((of, to) for of, to in every if of in cells and (to is None or to in cells))


def comparisons(suite: Suite, cells: Collection[Cell]) -> int:
    """How many intervals are held against a bound when these cells are measured."""
    return sum(
        1
        for experiment in suite.experiments
        for expectation in experiment.expect
        if not is_fact(expectation)
        for _ in covered(experiment, expectation, cells)
    )


def share(sides: Sequence[Sequence[Measurement]]) -> float:
    """Of a comparison's chance to be wrong, what the look at these repeats may spend. The sides
    are the repeats of the cells that are compared, sound or not: how many were sound must not
    choose the share. Between two looks, where a run was interrupted, it is that of the next. A
    record that does not say when it is looked at is looked at once."""
    if not all(sides):
        return 1.0
    asked = sides[0][0].record.get("asked", {})
    looks = [int(size) for size in asked.get("looks", ()) if int(size) >= FEWEST]
    blocks = min(max(m.block for m in side) + 1 for side in sides)
    spent = shares(len(looks))
    return spent[min(sum(size < blocks for size in looks), len(spent) - 1)]


def shares(looks: int) -> tuple[float, ...]:
    """What each of so many looks may spend; together 1."""
    if looks < 2:
        return (1.0,)
    if looks == 2:
        return (FIRST, 1 - FIRST)
    between = (1 - FIRST - LAST) / (looks - 2)
    return (FIRST, *[between] * (looks - 2), LAST)
