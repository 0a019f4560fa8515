"""A run's tables on stdout: each experiment's as soon as it is decided, the rest at the end."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Sequence

from runner import judge
from runner.plan import Plan, Trial
from runner.records.outcome import Measurement
from runner.report import Run, of_one
from runner.spec import Suite


def width() -> int | None:
    """How wide a table on stdout may be; None where it goes to a file or a pipe."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


class Tables:
    """Shows an experiment when another one begins and no further repeat will come for it.

    `reported` makes the report of what was measured so far. Without `early` nothing is shown before
    the end: stdout is for data. Where stdout is gone or full the run goes on without it: the end
    meets the same fault, after the results are safe.
    """

    def __init__(
        self,
        suite: Suite,
        planned: Plan,
        reported: Callable[[], Run],
        *,
        early: bool,
    ) -> None:
        self.shown: list[str] = []
        self._suite, self._planned, self._reported = suite, planned, reported
        self._now: str | None = None
        self._open = early

    def begins(self, trials: Sequence[Trial], aside: Callable[[str], None]) -> None:
        """These trials run next; `aside` prints to stdout, beside the progress."""
        before, self._now = self._now, trials[0].experiment
        if before not in (None, self._now, *self.shown) and self._open:
            self._left(str(before), aside)

    def _left(self, identifier: str, aside: Callable[[str], None]) -> None:
        run = self._reported()
        if _goes_on(self._suite, self._planned, run.measurements, identifier):
            return
        try:
            aside(of_one(run, identifier, width()))
        except OSError:
            self._open = False
        else:
            self.shown.append(identifier)


def _goes_on(suite: Suite, planned: Plan, measured: Iterable[Measurement], identifier: str) -> bool:
    """Whether a verdict of the experiment is undecided, and may be looked at again."""
    measured = tuple(measured)
    last = {trial.cell: trial.looks[-1] for trial in planned.trials}
    had: dict[object, int] = {}
    for m in measured:
        had[m.cell] = max(had.get(m.cell, 0), m.block + 1)
    return any(
        cell.experiment == identifier and had.get(cell, 0) < last[cell]
        for cell in judge.undecided(suite, measured, planned.cells)
    )
