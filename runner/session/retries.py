"""How often trials that the machine disturbed are run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from runner.plan import Trial

RETRIES = 2
"""How often an unsound trial is run again, right after its block: by then the program that
disturbed it may have ended, or the daemon be back, and the machine is still much as it was for the
trials that it is compared with."""

VAIN_MIN = 10
"""So many retries of one experiment's trials may be disturbed as well, or a quarter of its trials
where that is more. After them the time is better spent on the repeats that other verdicts need."""

Group = tuple[Trial, ...]
"""Trials that run at the same time; mostly one alone."""


class Retries:
    """Counts the retries that were disturbed as well, experiment by experiment."""

    def __init__(self, planned: Iterable[Trial]) -> None:
        trials = Counter(trial.experiment for trial in planned)
        self._left = Counter({name: max(VAIN_MIN, n // 4) for name, n in trials.items()})

    def allowed(self, disturbed: Iterable[Group]) -> list[Group]:
        """Those of the groups that may be run again, the first ones first."""
        left = self._left.copy()
        allowed = []
        for group in disturbed:
            if left[group[0].experiment] > 0:
                left[group[0].experiment] -= len(group)
                allowed.append(group)
        return allowed

    def were_disturbed(self, groups: Iterable[Group]) -> None:
        """These were run again in vain."""
        self._left.subtract(trial.experiment for group in groups for trial in group)
