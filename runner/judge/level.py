"""How sure each single interval must be, so that all of a suite together are 99% sure. Pure.

Every comparison takes an equal share of the 1% (Bonferroni), and every interim analysis a share of
that (runner/stats/interim.py). The sum of all shares bounds the chance of any wrong verdict,
however the analyses and the comparisons depend on each other. Facts take no share: they are not
estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from runner.judge.verdict import FACTS, Sides
from runner.records.outcome import Outcome
from runner.spec import (
    Cell,
    Expectation,
    Experiment,
    MetricExpectation,
    RatioExpectation,
    Suite,
    pairs,
)
from runner.stats.interim import shares
from runner.stats.interval import FEWEST


def is_fact(expectation: Expectation) -> bool:
    if isinstance(expectation, RatioExpectation):
        return False
    named = isinstance(expectation, MetricExpectation) and expectation.metric in FACTS
    return named or expectation.equals is not None


def covered(
    experiment: Experiment, expectation: Expectation, cells: Collection[Cell]
) -> Iterator[Sides]:
    """The cells, or the pairs of cells, that the expectation covers, as far as `cells` has them."""
    every: Sequence[Sides] = (
        pairs(experiment, expectation)
        if isinstance(expectation, RatioExpectation)
        else [(cell, None) for cell in experiment.cells() if cell.matches(expectation.of)]
    )
    return ((of, to) for of, to in every if of in cells and (to is None or to in cells))


def comparisons(suite: Suite, cells: Collection[Cell]) -> int:
    """How many intervals are compared with a bound when these cells are measured."""
    return sum(
        1
        for experiment in suite.experiments
        for expectation in experiment.expect
        if not is_fact(expectation)
        for _ in covered(experiment, expectation, cells)
    )


def share(sides: Sequence[Sequence[Outcome]]) -> float:
    """The part of a comparison's chance to be wrong that the analysis of these repeats may spend.
    `sides` are all repeats of the compared cells, also the invalid ones: the number of sound
    repeats must not choose the share. Where a run was interrupted between two analyses, the next
    analysis counts. A record without planned analyses is analysed once."""
    if not all(sides):
        return 1.0
    analyses = [size for size in sides[0][0].record.asked.looks if size >= FEWEST]
    blocks = min(max(m.block for m in side) + 1 for side in sides)
    spent = shares(len(analyses))
    return spent[min(sum(size < blocks for size in analyses), len(spent) - 1)]
