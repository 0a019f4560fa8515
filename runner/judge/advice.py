"""Expectations that a spec may hold and that may never be decided. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.judge.level import is_fact
from runner.spec import METRICS, RatioExpectation, Suite
from runner.stats.interval import FEWEST


@dataclass(frozen=True, slots=True)
class CanBeZero:
    """The metric of the ratio can be 0, and a ratio with a 0 is INVALID."""

    metric: str


@dataclass(frozen=True, slots=True)
class NeverEnough:
    """The experiment repeats a cell `most` times, and an estimate needs FEWEST."""

    experiment: str
    most: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What is doubtful about an expectation: `experiment` and `index` count from 0."""

    experiment: int
    index: int
    cause: CanBeZero | NeverEnough


def advice(suite: Suite) -> Iterator[Advice]:
    for number, experiment in enumerate(suite.experiments):
        most = suite.timing(experiment).most
        for index, expectation in enumerate(experiment.expect):
            ratio = expectation.ratio if isinstance(expectation, RatioExpectation) else None
            if ratio is not None and METRICS[ratio].can_be_zero:
                yield Advice(number, index, CanBeZero(ratio))
            if not is_fact(expectation) and most < FEWEST:
                yield Advice(number, index, NeverEnough(experiment.id, most))
