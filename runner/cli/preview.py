"""`--dry-run`: the plan as it would run, what may come on top, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from runner.judge import comparisons
from runner.plan import Plan
from runner.spec import Suite
from runner.spec.quantity import DURATION
from runner.stats.interval import FEWEST

OVERHEAD = {"docker": 0.5, "process": 0.1}
"""Seconds a trial beyond connecting, warming up and measuring: `make bench` shows them."""
QUICK_BUDGET = 55_000_000_000
"""With --quick no further repeats begin when this many ns have gone: it promises a minute."""


def lines(suite: Suite, draft: Plan, engine: str) -> Iterator[str]:
    """One line a trial, in the order in which they run, then what holds for all."""
    for number, trial in enumerate(draft.trials, 1):
        skipped = f"  SKIP: {trial.skip}" if trial.skip else ""
        yield f"{number:4} {trial.id}{skipped}"
    yield "order: block by block, compared cells side by side, every second block mirrored"
    for experiment in suite.experiments:
        turns = max((t.turns for t in draft.trials if t.experiment == experiment.id), default=0)
        if turns and experiment.interleave is not None:
            slot = DURATION.show(experiment.interleave)
            yield f"{experiment.id}: compared cells run at the same time, in turns of {slot}"
    yield from _further(suite, draft)
    yield f"{len(draft.trials)} trials, {estimate(draft, engine)} with {engine}"


def budget(suite: Suite, planned: Plan) -> int:
    """When further repeats no longer begin, in ns after the start."""
    return min(suite.defaults.budget, QUICK_BUDGET if planned.quick else suite.defaults.budget)


def _further(suite: Suite, draft: Plan) -> Iterator[str]:
    """Only what rests on an interval may need further repeats."""
    for experiment in suite.experiments:
        own = [trial for trial in draft.trials if trial.experiment == experiment.id]
        alone = suite.model_copy(update={"experiments": (experiment,)})
        if not own or not (held := comparisons(alone, draft.cells)):
            continue
        looks = [size for size in own[0].looks if size >= FEWEST] or own[0].looks
        after = " or ".join(map(str, looks))
        until = DURATION.show(budget(suite, draft))
        limit = f", none begun after {until}" if len(looks) > 1 else ""
        what = "1 comparison" if held == 1 else f"{held} comparisons"
        yield f"{experiment.id}: {what}, decided after {after} repeats{limit}"


def estimate(planned: Plan, engine_name: str) -> str:
    seconds = planned.seconds(OVERHEAD[engine_name])
    return f"about {seconds / 60:.1f} minutes" if seconds >= 90 else f"about {seconds:.0f} s"
