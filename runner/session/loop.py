"""The loop of a run: block by block, invalid trials again, further repeats while verdicts are open.

It decides nothing: the judge says what is undecided, the plan what would decide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from runner import judge, plan
from runner.judge.counting import final, newer, standing
from runner.judge.disturbed import ends_repeats
from runner.plan import Plan, Trial
from runner.records.outcome import Measurement, Status
from runner.spec import Cell, Suite

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
    spared: Callable[[int], object] = lambda _trials: None,
) -> None:
    """Runs the plan but for what `before` has settled already, then what undecided verdicts need
    until all are decided, their cells have had their last repeat, half of what was added was
    disturbed, or `more` says no. A cell that failed in a way that no repeat can change is not
    repeated: `spared` hears how many planned trials that saves. `wait` waits for a calmer machine,
    for a while."""
    found = {record.trial: record for record in standing(before)[0]}
    vain = max(10, len(planned.trials) // 4)
    wave: Sequence[Trial] = planned.trials
    while True:
        for _, block in groupby(wave, lambda trial: (trial.experiment, trial.block)):
            waiting = _waiting(plan.together(block), found, spared)
            for attempt in range(1 + AGAIN):
                if attempt:
                    waiting = _within(waiting, max(0, vain), found)
                    unsettled = [trial for group in waiting for trial in group]
                    timely = set(more(unsettled)) if unsettled else set()
                    waiting = [group for group in waiting if timely.issuperset(group)]
                    if not waiting:
                        break
                    if any(found[trial.id].status is Status.INVALID for trial in timely):
                        wait()  # for the machine; the lab's own failure has nothing to do with it
                waiting = [
                    repeated for group in waiting if (repeated := _again(group, measure, found))
                ]
                vain -= len(_disturbed(waiting, found)) if attempt else 0
        if wave is not planned.trials and ends_repeats(
            found[trial.id] for trial in wave if trial.id in found
        ):
            return  # what is disturbed is not decided by more of it
        further = plan.more(suite, planned, judge.undecided(suite, found.values(), planned.cells))
        measured = [trial for trial in further if _settled(found.get(trial.id))]
        new = [trial for trial in further if not _settled(found.get(trial.id))]
        timely = {*measured, *(more(new) if new else ())}
        wave = [trial for trial in further if trial in timely]
        if not wave:
            return
        planned = planned.then(wave)


def _within(
    groups: Sequence[tuple[Trial, ...]], vain: int, found: Mapping[str, Measurement]
) -> list[tuple[Trial, ...]]:
    """The groups that are run again: all in which the lab itself failed, which says nothing about
    the machine, and the first `vain` of those that the machine disturbed."""
    disturbed = _disturbed(groups, found)
    return [group for group in groups if group not in disturbed[vain:]]


def _disturbed(
    groups: Iterable[tuple[Trial, ...]], found: Mapping[str, Measurement]
) -> list[tuple[Trial, ...]]:
    """The groups with no ERROR in them."""
    return [
        group
        for group in groups
        if all(found[trial.id].status is not Status.ERROR for trial in group)
    ]


def _waiting(
    groups: Iterable[tuple[Trial, ...]],
    found: Mapping[str, Measurement],
    spared: Callable[[int], object],
) -> list[tuple[Trial, ...]]:
    """The groups in which something is still to be measured, without the cells that failed for
    good."""
    failed = _failed_for_good(found)
    waiting = []
    for group in groups:
        if _all_settled(group, found):
            continue
        left = plan.without(group, failed)
        saved = sum(trial.cell in failed and trial.id not in found for trial in group)
        if saved:
            spared(saved)
        if left and not _all_settled(left, found):
            waiting.append(left)
    return waiting


def _again(
    group: Sequence[Trial], measure: Measure, found: dict[str, Measurement]
) -> tuple[Trial, ...]:
    """Runs them, and returns the trials to run in their place where the environment disturbed one,
    or the lab failed: trials that ran together are compared, and run together again. A FAIL stays,
    whatever its next run says; one that cannot change is not run again."""
    records = measure(group)
    for record in records:
        before = found.get(record.trial)
        found[record.trial] = record if before is None else newer(before, record)
    left = plan.without(group, _failed_for_good(found))
    if not any(found[trial.id].status in UNSETTLED for trial in left):
        return ()
    cold = any(record.record.get("settled") is False for record in records)
    return tuple(plan.warmer(trial) if cold else trial for trial in left)


def _failed_for_good(found: Mapping[str, Measurement]) -> set[Cell]:
    return {record.cell for record in found.values() if final(record)}


def _all_settled(group: Sequence[Trial], found: Mapping[str, Measurement]) -> bool:
    return all(_settled(found.get(trial.id)) for trial in group)


def _settled(measurement: Measurement | None) -> bool:
    return measurement is not None and measurement.status in SETTLED
