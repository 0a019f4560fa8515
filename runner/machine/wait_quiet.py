"""Waits for a quiet machine, for a limited time: cheaper than measurements that are discarded."""

from __future__ import annotations

import time

from runner.machine.interference import Own, disturbance
from runner.machine.moment import moment

SAMPLE_S = 0.2


class Patience:
    """A budget of so many seconds for all waits of a run."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @property
    def left(self) -> float:
        return max(self._left, 0.0)

    def until_quiet(self, cpus: tuple[int, ...]) -> bool:
        """Waits while other programs are busy on these CPUs (all when empty); False if the budget
        ran out first."""
        while self._left > 0:
            before = moment()
            time.sleep(SAMPLE_S)
            self._left -= SAMPLE_S
            if disturbance(before, moment(), (Own("trial", cpus, 0),)) is None:
                return True
        return False
