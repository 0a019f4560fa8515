"""`--dry-run`: the plan as it would run, what may come on top, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from runner.judge import comparisons
from runner.plan import Plan
from runner.plan.spread import makespan, spread
from runner.session import Host, Options
from runner.session.budget import budget_ns, seconds
from runner.spec import Suite
from runner.spec.quantity import DURATION
from runner.stats.interval import FEWEST


def dry_run(suite: Suite, draft: Plan, engine: str) -> Iterator[str]:
    """One line a trial, in the order in which they run, then what holds for all."""
    for number, trial in enumerate(draft.trials, 1):
        skipped = f"  SKIP: {trial.skip}" if trial.skip else ""
        yield f"{number:4} {trial.id}{skipped}"
    yield "order: block by block, compared cells side by side, every second block reversed"
    for experiment in suite.experiments:
        turns = max((t.turns for t in draft.trials if t.experiment == experiment.id), default=0)
        if turns and experiment.interleave is not None:
            slot = DURATION.show(experiment.interleave)
            yield f"{experiment.id}: compared cells are interleaved, with turns of {slot}"
    yield from _further(suite, draft)
    yield f"{len(draft.trials)} trials, {_estimate(draft, engine)} with {engine}"


def _further(suite: Suite, draft: Plan) -> Iterator[str]:
    """Only what rests on an interval may need further repeats."""
    for experiment in suite.experiments:
        own = [trial for trial in draft.trials if trial.experiment == experiment.id]
        alone = suite.model_copy(update={"experiments": (experiment,)})
        if not own or not (compared := comparisons(alone, draft.cells)):
            continue
        looks = [size for size in own[0].looks if size >= FEWEST] or own[0].looks
        after = " or ".join(map(str, looks))
        until = DURATION.show(budget_ns(suite, draft))
        limit = f", none started after {until}" if len(looks) > 1 else ""
        what = "1 comparison" if compared == 1 else f"{compared} comparisons"
        yield f"{experiment.id}: {what}, decided after {after} repeats{limit}"


def cost(suite: Suite, planned: Plan, hosts: Sequence[Host]) -> str:
    """How long the plan takes on these hosts, and until when repeats beyond it may be added, where
    any may."""
    engine, machines = hosts[0].engine, len({host.machine for host in hosts})
    parts = spread(suite, planned) if machines > 1 else [planned]
    estimate = _said(makespan([seconds(part, engine) for part in parts], machines))
    if all(len(trial.looks) < 2 for trial in planned.trials):
        return estimate
    until = DURATION.show(budget_ns(suite, planned))
    return f"{estimate}, further repeats until {until}"


def _estimate(planned: Plan, engine: str) -> str:
    return _said(seconds(planned, engine))


def _said(estimated: float) -> str:
    return f"about {estimated / 60:.1f} minutes" if estimated >= 90 else f"about {estimated:.0f} s"


def why_nothing(options: Options, suite: Suite, nofile_max: int) -> str:
    """Why no trial is planned: no cell has such a name, or a run of this size leaves them out."""
    named = f" that is called {' or '.join(options.only)}" if options.only else ""
    daily = replace(options, quick=False)
    if options.quick and daily.plan(suite, nofile_max).trials:
        return f"--quick leaves out every cell{named}; type the command without --quick"
    if replace(daily, full=True).plan(suite, nofile_max).trials:
        return f"only a full run has a cell{named}; type --full"
    return f"there is no cell{named}"
