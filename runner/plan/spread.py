"""A plan in parts that different hosts may measure. Pure.

What is compared stays together: a part holds the cells that an expectation compares, or that are
ranked in one table, with all of their repeats. Two parts share no comparison.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

from runner.plan import Plan
from runner.plan.order import groups
from runner.plan.trial import Trial
from runner.spec import Cell, Suite


def spread(suite: Suite, plan: Plan) -> list[Plan]:
    """The part that takes longest comes first: so the hosts end at about the same time (the rule of
    the longest processing time, Graham 1969). Parts of the same length stand in the plan's
    order."""
    parts: dict[int, list[Trial]] = {}
    part_of: dict[Cell, int] = {}
    for experiment in suite.experiments:
        cells = [cell for cell in plan.cells if cell.experiment == experiment.id]
        for group in groups(experiment, cells):
            number = len(parts)
            parts[number] = []
            part_of.update(dict.fromkeys(group, number))
    for trial in plan.trials:
        parts[part_of[trial.cell]].append(trial)
    made = [replace(plan, trials=tuple(trials)) for trials in parts.values()]
    return sorted(made, key=lambda part: -part.seconds(0.0))


def makespan(seconds: Iterable[float], hosts: int) -> float:
    """How long `hosts` hosts take for parts that take so many seconds, each host the next part as
    soon as it is free."""
    free = [0.0] * hosts
    for each in seconds:
        heapq.heappush(free, heapq.heappop(free) + each)
    return max(free)


def adapted(plan: Plan, own: Sequence[Trial]) -> Plan:
    """The trials of the plan as another host runs them: with its CPUs and its limits. `own` are all
    trials of that host."""
    by_id = {trial.id: trial for trial in own}
    return replace(plan, trials=tuple(by_id[trial.id] for trial in plan.trials))
