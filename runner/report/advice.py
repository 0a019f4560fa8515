"""The warnings of `runner validate`: advice of the judge at its place in the spec. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from runner.judge.advice import CanBeZero, NeverEnough, advice
from runner.spec import Problem, Suite, WrongError, problem_at
from runner.stats.interval import FEWEST


def warnings(suite: Suite) -> Iterator[Problem]:
    for each in advice(suite):
        key = ("experiments", each.experiment, "expect", each.index)
        yield problem_at(suite.source.at(key), key, _wrong(each.cause))


def _wrong(cause: CanBeZero | NeverEnough) -> WrongError:
    match cause:
        case CanBeZero(metric):
            return WrongError(
                f"{metric} can be 0, and a ratio with a 0 is INVALID",
                suggestion=f"type metric: {metric} with a bound of its own",
            )
        case NeverEnough(experiment, most):
            return WrongError(
                f"{experiment} repeats a cell {most} times at most, and an estimate needs {FEWEST} "
                "repeats",
                suggestion=f"type max_repeat: {FEWEST} or more",
            )
