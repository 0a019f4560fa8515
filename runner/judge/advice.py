"""What is right in a spec and yet may never be decided: `runner validate` warns of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from runner.judge.level import is_fact
from runner.spec import (
    CAN_BE_ZERO,
    Expectation,
    Experiment,
    Problem,
    RatioExpectation,
    Suite,
    WrongError,
    problem_at,
)
from runner.stats.interval import FEWEST


def advice(suite: Suite) -> Iterator[Problem]:
    for index, experiment in enumerate(suite.experiments):
        most = suite.timing(experiment).most
        for number, expectation in enumerate(experiment.expect):
            key = ("experiments", index, "expect", number)
            for wrong in (_zeros(expectation), _too_few(experiment, expectation, most)):
                if wrong is not None:
                    yield problem_at(suite.source.at(key), key, wrong)


def _zeros(expectation: Expectation) -> WrongError | None:
    if not isinstance(expectation, RatioExpectation) or expectation.ratio not in CAN_BE_ZERO:
        return None
    name = expectation.ratio
    return WrongError(
        f"{name} can be 0, and a ratio with a 0 is INVALID",
        suggestion=f"type metric: {name} with a bound of its own",
    )


def _too_few(experiment: Experiment, expectation: Expectation, most: int) -> WrongError | None:
    if is_fact(expectation) or most >= FEWEST:
        return None
    return WrongError(
        f"{experiment.id} repeats a cell {most} times at most, and nothing that is estimated is "
        f"decided below {FEWEST}",
        suggestion=f"type max_repeat: {FEWEST} or more",
    )
