"""Which record of a trial counts, where the trial was run more than once.

A trial is run again when the machine disturbed it, when the lab itself failed, or when that
happened to a trial that ran together with it. The newest record then counts, with one exception: a
FAIL is never replaced, because the server did break the contract once.

Of a cell only the records of one host count, the one that measured it last: where a host of a
cluster was lost, another one measured its cells from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.plan import Trial
from runner.records.outcome import Outcome, Status
from runner.spec import Cell

SETTLED = (Status.OK, Status.FAIL)
"""Trials that are not run again, on `--resume` either."""


class Counted:
    """Of each trial the record that counts, in the order in which the trials first ended. Records
    are added in the order in which they were written."""

    def __init__(self, records: Iterable[Outcome] = ()) -> None:
        self._by_trial: dict[str, Outcome] = {}
        self._superseded: list[Outcome] = []
        self._host: dict[Cell, str | None] = {}
        for record in records:
            self.add(record)

    def add(self, record: Outcome) -> None:
        self._host[record.cell] = record.host
        before = self._by_trial.get(record.trial)
        if before is None:
            self._by_trial[record.trial] = record
        elif before.status is Status.FAIL and record.status is not Status.FAIL:
            self._superseded.append(record)
        else:
            self._superseded.append(before)
            self._by_trial[record.trial] = record

    @property
    def records(self) -> tuple[Outcome, ...]:
        """Those that count: one a trial."""
        return tuple(each for each in self._by_trial.values() if not self._left_behind(each))

    @property
    def superseded(self) -> tuple[Outcome, ...]:
        """Those that do not count."""
        left = [each for each in self._by_trial.values() if self._left_behind(each)]
        return (*self._superseded, *left)

    def of(self, trials: Iterable[Trial]) -> list[Outcome]:
        """Of these trials the records that count, of as many as have been run."""
        return [self._by_trial[each.id] for each in trials if each.id in self._by_trial]

    def status(self, trial: Trial) -> Status | None:
        """None where the trial has not been run."""
        record = self._by_trial.get(trial.id)
        return record.status if record is not None else None

    def settled(self, trial: Trial) -> bool:
        """Whether the trial need not be run again."""
        return self.status(trial) in SETTLED

    def _left_behind(self, record: Outcome) -> bool:
        """Whether another host has measured the cell since then."""
        return record.host != self._host[record.cell] and record.status is not Status.FAIL

    def failed_for_good(self) -> set[Cell]:
        """The cells that failed in a way that no repeat can change."""
        return {record.cell for record in self._by_trial.values() if record.final}
