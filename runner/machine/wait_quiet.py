"""To wait for a quiet machine, for a while: cheaper than measurements that are thrown away."""

from __future__ import annotations

import time

from runner.machine.interference import Own, disturbance
from runner.machine.moment import moment

GLANCE_S = 0.2


class Patience:
    """So many seconds of waiting in all, spent wherever they are needed."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def until_calm(self, cpus: tuple[int, ...]) -> bool:
        """Waits while others are busy on these CPUs (all when empty); False when the patience ran
        out first."""
        while self._left > 0:
            before = moment()
            time.sleep(GLANCE_S)
            self._left -= GLANCE_S
            if disturbance(before, moment(), (Own("trial", cpus, 0),)) is None:
                return True
        return False
