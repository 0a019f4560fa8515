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

Measure = Callable[[Trial], Measurement]
"""Runs a trial and keeps its record."""

More = Callable[[Sequence[Trial]], bool]
"""Hears of trials beyond the plan, and says whether there is time for them."""


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
            waiting = [trial for trial in block if not _settled(found.get(trial.id))]
            for attempt in range(1 + AGAIN):
                if attempt:
                    waiting = waiting[: max(0, vain)]
                    if not waiting or not more(waiting):
                        break
                    if any(found[trial.id].status is Status.INVALID for trial in waiting):
                        wait()  # for the machine; the lab's own failure has nothing to do with it
                waiting = [
                    spoilt for trial in waiting if (spoilt := _spoilt(trial, measure, found))
                ]
                vain -= len(waiting) if attempt else 0
        if wave is not planned.trials and 2 * _spoilt_of(wave, found) >= len(wave):
            return  # what is disturbed is not decided by more of it
        further = plan.more(suite, planned, judge.undecided(suite, found.values()))
        new = [trial for trial in further if not _settled(found.get(trial.id))]
        if not further or (new and not more(new)):
            return
        planned, wave = planned.then(further), further


def _spoilt(trial: Trial, measure: Measure, found: dict[str, Measurement]) -> Trial | None:
    """The trial to run in its place when the environment spoilt it, or the lab failed."""
    found[trial.id] = measurement = measure(trial)
    if measurement.status not in UNSETTLED:
        return None
    return plan.warmer(trial) if measurement.record.get("settled") is False else trial


def _spoilt_of(wave: Sequence[Trial], found: Mapping[str, Measurement]) -> int:
    return sum(found[trial.id].status is Status.INVALID for trial in wave)


def _settled(measurement: Measurement | None) -> bool:
    return measurement is not None and measurement.status in SETTLED
