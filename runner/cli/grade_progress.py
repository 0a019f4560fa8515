"""The progress of a grading: a line for each check; on a terminal the trial that runs as well."""

from __future__ import annotations

from collections.abc import Sequence

from runner.cli.progress import LiveBar, driven
from runner.cli.terminal import tell
from runner.grade.record import CheckGrade, State
from runner.plan import Trial
from runner.records.fleet_output import FleetProgress
from runner.records.outcome import Outcome
from runner.report.grade.words import words
from runner.spec import Assignment, Check

_WORDS = words("en")
"""A result is called as in the report."""


class Progress(LiveBar):
    """The watcher of a grading. All of it goes to stderr, and nothing of a hidden check but its
    title."""

    def __init__(self, assignment: Assignment, *, quiet: bool) -> None:
        self._checks = len(assignment.experiments)
        super().__init__(self._checks, quiet=quiet)
        self._done = 0
        self._quiet = quiet
        self._name = ""
        self._hidden = False

    def begins(self, check: Check) -> None:
        self._name, self._hidden = check.title, check.hidden
        self._show(self._name)

    def ends(self, grade: CheckGrade) -> None:
        self._done += 1
        earned = "–" if grade.state is State.UNGRADABLE else f"{grade.earned:g}"
        points = f"{earned} of {grade.points:g}"
        line = f"[{self._done}/{self._checks}] {_WORDS[grade.state]} {points}: {grade.title}"
        if self._live:
            self.draw(completed=self._done)
            self._live.console.print(line, markup=False)
        elif not self._quiet:
            tell(line)

    def started(self, trials: Sequence[Trial]) -> None:
        names = " | ".join(trial.cell.name for trial in trials)
        self._show(self._name if self._hidden else f"{self._name} {names}")

    def event(self, progress: FleetProgress) -> None:
        if not self._hidden:
            self.draw(progress, description=f"{self._name}: {driven(progress)}")

    def finished(self, measurement: Outcome) -> None:
        """A check says more than its trials."""

    def more(self, trials: int) -> None:
        """The bar counts checks."""

    def spared(self, trials: int) -> None:
        """The bar counts checks."""

    def _show(self, text: str) -> None:
        self.draw(description=text)
