"""The loop of a run.

First every block of the plan: its trials, then those of them again that are INVALID or ERROR.
Then, as long as verdicts are undecided, the further repeats that would decide them.

The judge says which verdicts are undecided, the plan which repeats would decide them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from runner import judge, plan
from runner.judge.disturbed import ends_repeats
from runner.plan import Plan, Trial
from runner.records.outcome import Outcome, Status
from runner.session.counting import Counted
from runner.session.retries import RETRIES, Group, Retries
from runner.spec import Cell, Suite

UNSOUND = (Status.INVALID, Status.ERROR)
"""Trials that are worth a retry: the next record may be sound."""


@dataclass(slots=True)
class Loop:
    """`selected` are the cells of the whole run, of which `plan` may be a part: how sure a verdict
    must be depends on all of them. `measure` runs a group and keeps its records. `affordable`
    returns those of the trials for which there is time, the first ones first. `wait` waits for a
    quieter machine, for a while. `spared` receives the number of planned trials that are not run,
    because their cell failed in a way that no repeat can change; `more` the number of trials that
    are run beyond the plan."""

    suite: Suite
    plan: Plan
    counted: Counted
    measure: Callable[[Sequence[Trial]], Sequence[Outcome]]
    affordable: Callable[[Sequence[Trial]], Sequence[Trial]]
    wait: Callable[[], object] = lambda: None
    spared: Callable[[int], object] = lambda _trials: None
    more: Callable[[int], object] = lambda _trials: None
    selected: Collection[Cell] | None = None
    _retries: Retries = field(init=False)

    def run(self) -> None:
        """Ends when all verdicts are decided, their cells have had their last repeat, there is no
        more time, or half of the further repeats were disturbed."""
        self._retries = Retries(self.plan.trials)
        self._run_blocks(self.plan.trials)
        while further := self._further_repeats():
            self.plan = self.plan.then(further)
            self._run_blocks(further)
            if ends_repeats(self.counted.of(further)):
                return

    def _run_blocks(self, trials: Sequence[Trial]) -> None:
        for _, block in groupby(trials, lambda trial: (trial.experiment, trial.block)):
            self._run_block(plan.turn_groups(block))

    def _run_block(self, groups: Sequence[Group]) -> None:
        unsound = self._run_groups(self._to_run(groups))
        for _ in range(RETRIES):
            again = self._to_retry(unsound)
            if any(self.counted.status(trial) is Status.INVALID for trial in _trials(again)):
                self.wait()
            unsound = self._run_groups(again)
            self._retries.were_disturbed(self._disturbed(unsound))

    def _to_run(self, groups: Iterable[Group]) -> list[Group]:
        """The groups with a trial that is not settled, without the cells that failed for good and,
        where trials do not take turns, without those that are settled."""
        failed = self.counted.failed_for_good()
        to_run = []
        for group in groups:
            if self._settled(group):
                continue
            left = plan.without(group, failed)
            saved = sum(t.cell in failed and self.counted.status(t) is None for t in group)
            if saved:
                self.spared(saved)
            if not self._settled(left):
                to_run.append(self._not_settled(left))
        return to_run

    def _run_groups(self, groups: Iterable[Group]) -> list[Group]:
        """Runs them, and returns what should be run again."""
        return [again for group in groups if (again := self._run_group(group))]

    def _run_group(self, group: Group) -> Group:
        """Trials that ran in turns are compared, so all of them are run again where one is INVALID
        or ERROR; not those whose cell failed for good."""
        records = self.measure(group)
        for record in records:
            self.counted.add(record)
        left = plan.without(group, self.counted.failed_for_good())
        if not any(self.counted.status(trial) in UNSOUND for trial in left):
            return ()
        # A window that was not steady may need a longer warm-up.
        cold = any(record.record.settled is False for record in records)
        return tuple(map(plan.warmer, left)) if cold else self._not_settled(left)

    def _to_retry(self, unsound: Sequence[Group]) -> list[Group]:
        """An ERROR says nothing about the machine, so it is always retried; disturbed groups only
        as far as retries are allowed. All of them only while there is time: first for what verdicts
        need, the rest of the plan and further repeats among it, then for better figures in a
        table: of a cell without an open verdict, or with too few repeats for one."""
        disturbed = self._disturbed(unsound)
        allowed = self._retries.allowed(disturbed)
        repeated = [group for group in unsound if group not in disturbed or group in allowed]
        if not repeated:
            return []
        undecided = self._undecided()
        needed = [
            group
            for group in repeated
            if group not in disturbed
            or any(trial.cell in undecided and plan.decides(trial) for trial in group)
        ]
        planned = [trial for trial in self.plan.trials if self.counted.status(trial) is None]
        further = plan.more(self.suite, self.plan, undecided)
        others = [group for group in repeated if group not in needed]
        affordable = set(self.affordable([*_trials(needed), *planned, *further, *_trials(others)]))
        again = [group for group in repeated if affordable.issuperset(group)]
        self._announce(_trials(again))
        return again

    def _further_repeats(self) -> list[Trial]:
        """What undecided verdicts need next, as far as there is time. Those that were measured
        before the run was resumed are among them: they cost none."""
        undecided = self._undecided()
        repeats = plan.more(self.suite, self.plan, undecided)
        affordable = set(self.affordable([t for t in repeats if not self.counted.settled(t)]))
        self._announce(affordable)
        return [t for t in repeats if self.counted.settled(t) or t in affordable]

    def _undecided(self) -> set[Cell]:
        """Cells of the plan of which more repeats could decide something."""
        cells = self.plan.cells
        every = judge.undecided(self.suite, self.counted.records, self.selected or cells)
        return set(every).intersection(cells)

    def _announce(self, trials: Collection[Trial]) -> None:
        if trials:
            self.more(len(trials))

    def _disturbed(self, groups: Iterable[Group]) -> list[Group]:
        """The unsound groups that the machine disturbed: none of their trials is ERROR."""
        return [g for g in groups if all(self.counted.status(t) is not Status.ERROR for t in g)]

    def _not_settled(self, group: Group) -> Group:
        """The whole group where its trials take turns."""
        return group if group[0].turns else tuple(t for t in group if not self.counted.settled(t))

    def _settled(self, group: Group) -> bool:
        return all(map(self.counted.settled, group))


def _trials(groups: Iterable[Group]) -> list[Trial]:
    return [trial for group in groups for trial in group]
