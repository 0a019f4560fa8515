"""A run's tables on stdout: each experiment's as soon as it is decided, the rest at the end."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence

from runner.plan import Plan, Trial
from runner.report import Run, of_one
from runner.session.judged import may_go_on
from runner.spec import Suite


def width() -> int | None:
    """How wide a table on stdout may be; None where it goes to a file or a pipe."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def height() -> int | None:
    """How many lines the summary on stdout may have; None where it goes to a file or a pipe."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().lines


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
        if may_go_on(self._suite, self._planned, run.measurements, identifier):
            return
        try:
            aside(of_one(run, identifier, width()))
        except OSError:
            self._open = False
        else:
            self.shown.append(identifier)
