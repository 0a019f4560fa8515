"""Trials that run at the same time, and whose load generators send in turns.

The load generators take the turns from the machine's clock (native/fleet/turns.c). There are two
barriers: after connecting and after measuring. A failed trial leaves the group.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Condition, Lock

from runner.engine.box import EngineError
from runner.machine import Own


class TurnGroup:
    """What the trials of one group share. A group of one never waits."""

    def __init__(self, size: int = 1) -> None:
        self._size = size
        self._setting_up = Lock()
        self._changed = Condition()
        self._arrived = {"connected": 0, "measured": 0}
        self._left = 0
        self._used: list[tuple[str, int, tuple[Own, ...]]] = []

    @contextmanager
    def setting_up(self, seconds: float) -> Iterator[None]:
        """Lets one trial at a time connect, so that each has the machine for itself meanwhile.
        Raises EngineError where the others take longer than `seconds`."""
        if not self._setting_up.acquire(timeout=seconds):
            raise EngineError(f"the interleaved trials did not connect within {seconds:.0f} s")
        try:
            yield
        finally:
            self._setting_up.release()

    def connected(self, seconds: float) -> None:
        """Returns when all trials of the group have connected, or after `seconds`."""
        self._meet("connected", seconds)

    def measured(
        self, trial: str, wall_ns: int, owns: tuple[Own, ...], seconds: float
    ) -> tuple[Own, ...]:
        """Takes what a trial used in its window. Returns what the others used in theirs, scaled to
        the length of this window."""
        with self._changed:
            self._used.append((trial, wall_ns, owns))
        self._meet("measured", seconds)
        with self._changed:
            return tuple(
                replace(own, cpu_ns=own.cpu_ns * wall_ns // wall, waited_ns=0)
                for other, wall, theirs in self._used
                if other != trial
                for own in theirs
            )

    def leave(self) -> None:
        """A trial is over, or has failed."""
        with self._changed:
            self._left += 1
            self._changed.notify_all()

    def _meet(self, where: str, seconds: float) -> None:
        with self._changed:
            self._arrived[where] += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._arrived[where] + self._left >= self._size, seconds)
