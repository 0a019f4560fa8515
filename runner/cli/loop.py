"""The loop of a run: block by block, the spoilt again, and further repeats until all is decided.

It decides nothing: the judge says what is undecided, the plan what would decide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from runner import judge, plan
from runner.measurement import Measurement, Status
from runner.plan import Plan, Trial
from runner.spec import Suite

SETTLED = (Status.OK, Status.FAIL)
"""Trials that are not run again, on `--resume` either."""

AGAIN = 2
"""How often a trial that the environment spoilt, or in which the lab itself failed, is run once
more, right after its block: by then a stranger on the machine may have gone, or a daemon be back,
and what it is compared with is not long past. When a quarter of the plan has been run again in
vain, the machine is not going to be quiet: no more is."""

UNSETTLED = (Status.INVALID, Status.ERROR)

Measure = Callable[[Sequence[Trial]], Sequence[Measurement]]
"""Runs a trial, or several that take turns, and keeps their records."""

More = Callable[[Sequence[Trial]], Sequence[Trial]]
"""Hears of trials beyond the plan, and says for which of them there is time."""


def drive(
    suite: Suite,
    planned: Plan,
    before: Iterable[Measurement],
    measure: Measure,
    more: More,
    wait: Callable[[], object] = lambda: None,
) -> None:
    """Runs the plan but for what `before` has settled already, then what undecided verdicts need
    until all are decided, their cells have had their last repeat, half of what was added was
    disturbed, or `more` says no. `wait` waits for a calmer machine, for a while."""
    found = {measurement.trial: measurement for measurement in before}
    vain = max(10, len(planned.trials) // 4)
    wave: Sequence[Trial] = planned.trials
    while True:
        for _, block in groupby(wave, lambda trial: (trial.experiment, trial.block)):
            waiting = [group for group in plan.together(block) if not _all_settled(group, found)]
            for attempt in range(1 + AGAIN):
                if attempt:
                    waiting = waiting[: max(0, vain)]
                    spoilt_ones = [trial for group in waiting for trial in group]
                    timely = set(more(spoilt_ones)) if spoilt_ones else set()
                    waiting = [group for group in waiting if timely.issuperset(group)]
                    if not waiting:
                        break
                    if any(found[trial.id].status is Status.INVALID for trial in timely):
                        wait()  # for the machine; the lab's own failure has nothing to do with it
                waiting = [
                    spoilt for group in waiting if (spoilt := _spoilt(group, measure, found))
                ]
                vain -= len(waiting) if attempt else 0
        if wave is not planned.trials and 2 * _spoilt_of(wave, found) >= len(wave):
            return  # what is disturbed is not decided by more of it
        further = plan.more(suite, planned, judge.undecided(suite, found.values()))
        measured = [trial for trial in further if _settled(found.get(trial.id))]
        new = [trial for trial in further if not _settled(found.get(trial.id))]
        timely = {*measured, *(more(new) if new else ())}
        wave = [trial for trial in further if trial in timely]
        if not wave:
            return
        planned = planned.then(wave)


def _spoilt(
    group: Sequence[Trial], measure: Measure, found: dict[str, Measurement]
) -> tuple[Trial, ...]:
    """The trials to run in their place when the environment spoilt one, or the lab failed: who ran
    together is compared, and runs together again."""
    measurements = measure(group)
    found.update({measurement.trial: measurement for measurement in measurements})
    if not any(measurement.status in UNSETTLED for measurement in measurements):
        return ()
    cold = any(measurement.record.get("settled") is False for measurement in measurements)
    return tuple(plan.warmer(trial) if cold else trial for trial in group)


def _spoilt_of(wave: Sequence[Trial], found: Mapping[str, Measurement]) -> int:
    return sum(found[trial.id].status is Status.INVALID for trial in wave)


def _all_settled(group: Sequence[Trial], found: Mapping[str, Measurement]) -> bool:
    return all(_settled(found.get(trial.id)) for trial in group)


def _settled(measurement: Measurement | None) -> bool:
    return measurement is not None and measurement.status in SETTLED
