"""What a session reports while it measures. It prints nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runner.plan import Trial
from runner.records.fleet_output import FleetProgress
from runner.records.outcome import Outcome


class Listener(Protocol):
    """Receives the progress of a run: a terminal, or a test."""

    def started(self, trials: Sequence[Trial]) -> None:
        """A trial begins, or several that run together."""

    def event(self, progress: FleetProgress) -> None:
        """The load generator's own progress within a trial."""

    def finished(self, measurement: Outcome) -> None:
        """A trial ended, and its record is on disk."""

    def more(self, trials: int) -> None:
        """So many trials will be run beyond those that were planned."""

    def spared(self, trials: int) -> None:
        """So many planned trials will not be run."""
