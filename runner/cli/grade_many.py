"""Many gradings, each in a runner of its own: a class, a regrading, a calibration."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from runner.cli import engines
from runner.cli.terminal import tell
from runner.engine.box import Program
from runner.grade.assignment_folder import SERVERS
from runner.grade.begin import Order
from runner.grade.course import TIME_LIMIT, UNTIMED, Course, Entry, RunnerExit
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.spec import Assignment

RUNNER = (sys.executable, "-c", "from runner.cli import main; main()")


@dataclass(frozen=True, slots=True)
class ManyGradings:
    """How each submission is graded: as the order says, except for its submission and its name."""

    order: Order
    engine: str
    jobs: int
    trust: bool
    quiet: bool
    language: str = "en"
    """The language of the reports in the folder of each grade."""

    def course(self, assignment: Assignment, entries: Sequence[Entry]) -> Course:
        """Raises click.UsageError where this machine cannot confine a submission."""
        self._prepare(entries[0])
        expected = assignment.assignment.expected / 1e9
        home = self.order.into / self.order.source.name
        return Course(home, entries, self._command, max(TIME_LIMIT, 10 * expected), expected)

    def run(self, course: Course) -> None:
        """Raises KeyboardInterrupt when every runner has ended."""
        course.run(self.jobs, _Estimate(course, self.jobs, self.quiet).report)

    def _prepare(self, first: Entry) -> None:
        """Builds what every grading needs, once, and not by many runners at the same time."""
        submission = Program("server", first.path.resolve(), "c")
        with closing(engines.choose(self.engine, tell)) as engine:
            engines.require_trust(engine, [submission], tell, trusted=self.trust)
            references = [
                Program("server", self.order.source.reference, language) for language in SERVERS
            ]
            engine.prepare([FLEET_PROGRAM, *TRACE_PROGRAMS, *references], tell)

    def _command(self, entry: Entry, phase: str) -> list[str]:
        order = self.order
        words = ["grade", str(order.source.path), "--submission", str(entry.path)]
        words += ["--into", str(order.into), "--name", entry.name, "--engine", order.engine]
        words += ["--phase", phase, "--parent", str(os.getpid()), "--lang", self.language]
        words += ["--public"] if order.public else []
        words += ["--untimed"] if order.untimed else []
        words += ["--trust"] if self.trust else []
        words += ["--seed", str(order.seed)] if order.seed is not None else []
        return [*RUNNER, *words]


@dataclass(slots=True)
class _Estimate:
    """Tells how each grading ended, and how long the rest will take: by the times of this class so
    far; before the first of them, by what the assignment expects."""

    course: Course
    jobs: int
    quiet: bool
    seconds: dict[str, list[float]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def report(self, phase: str, ended: RunnerExit, left: int) -> None:
        self.seconds.setdefault(phase, []).append(ended.seconds)
        if self.quiet:
            return
        grade = self.course.grade_of(ended.entry)
        state = f"{grade.earned:g} of {grade.points:g}" if grade else "no grade"
        if grade and not grade.complete:
            state += " so far"
        if ended.failed:
            state += f"; its runner failed: {ended.last_line}"
        tell(f"[{left} left] {ended.entry.name}: {state} ({ended.seconds:.1f} s); about "
             f"{_minutes(self._left(phase, left))} left")  # fmt: skip

    def _left(self, phase: str, left: int) -> float:
        if phase != UNTIMED:
            return left * self._mean(phase)
        every = len(self.course.entries)
        done = [self.course.grade_of(each) for each in self.course.entries]
        open_ = sum(each is None or not each.complete for each in done)
        share = open_ / every if left < every else 1.0
        untimed = left * self._mean(UNTIMED) / self.jobs
        return untimed + share * every * self.course.expected / 2

    def _mean(self, phase: str) -> float:
        measured = self.seconds.get(phase, [])
        return sum(measured) / len(measured) if measured else self.course.expected


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
