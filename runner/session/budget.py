"""The time that a run takes, and the time after which it begins nothing more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from runner.plan import Plan, Trial
from runner.spec import Suite

OVERHEAD = {"docker": 0.5, "process": 0.1}
"""Of each engine: seconds that a trial takes beyond connecting, warming up and measuring.
`make bench` shows them."""

QUICK_NS = 45_000_000_000
"""The budget of a run with --quick, which promises a minute: repeats that began before take longer
on a busy machine."""


def budget_ns(suite: Suite, plan: Plan) -> int:
    """After so many ns a run begins no further repeat."""
    return min(suite.defaults.budget, QUICK_NS if plan.quick else suite.defaults.budget)


def seconds(plan: Plan, engine: str) -> float:
    """How long the trials of the plan take on the engine of this name, estimated."""
    return plan.seconds(OVERHEAD[engine])


class Budget:
    """The time that is left of a run's budget. It runs from the moment when this is made, and ends
    no later than `until`, a time of CLOCK_MONOTONIC in seconds."""

    def __init__(self, suite: Suite, plan: Plan, engine: str, until: float | None = None) -> None:
        self._plan, self._engine = plan, engine
        end = time.monotonic() + budget_ns(suite, plan) / 1e9
        self._end = end if until is None else min(end, until)

    def affordable(self, trials: Sequence[Trial]) -> list[Trial]:
        """Those of the trials for which there is time, experiment by experiment: half of an
        experiment's repeats would decide nothing."""
        left = self._end - time.monotonic()
        chosen: list[Trial] = []
        for _, own in groupby(trials, lambda trial: trial.experiment):
            more = replace(self._plan, trials=(*chosen, *own))
            if seconds(more, self._engine) <= left:
                chosen = list(more.trials)
        return chosen
