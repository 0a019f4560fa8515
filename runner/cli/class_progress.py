"""The progress of a class: how each grading ended, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from runner import machine, plan
from runner.cli.terminal import tell
from runner.grade.course import ALL, UNTIMED, Course, RunnerExit
from runner.grade.phases import timed
from runner.session.budget import seconds
from runner.spec import Assignment

OWN_SECONDS = 2.0
"""Of a runner: to start, to take the submission, to seal its grade."""


def timed_seconds(assignment: Assignment, engine: str) -> float:
    """How long the runner of one submission takes for the timed checks, as they are planned; 0
    where the assignment has none."""
    host = plan.Host(machine.nofile_hard(), machine.usable_cpus())
    names = {check.id for check in assignment.experiments if timed(check)}
    planned = plan.expand(assignment, host)
    trials = [trial for trial in planned.trials if trial.experiment in names]
    own = plan.Plan(tuple(trials), planned.seed, planned.quick)
    return OWN_SECONDS + seconds(own, engine) if trials else 0.0


@dataclass(slots=True)
class Estimate:
    """Of `submissions`, `jobs` at a time in the first phase. Where no runner of a phase has ended
    yet, one takes as long as is `expected` of this phase."""

    submissions: int
    jobs: int
    expected: Mapping[str, float]
    _took: dict[str, list[float]] = field(default_factory=dict)
    _open: list[bool] = field(default_factory=list)

    def add(self, phase: str, took: float, *, unfinished: bool) -> None:
        """A runner has ended. `unfinished`: checks of its submission are left."""
        self._took.setdefault(phase, []).append(took)
        if phase == UNTIMED:
            self._open.append(unfinished)

    def left(self, phase: str, runners: int) -> float:
        """Seconds to the end of the class, when so many runners are left in this phase."""
        if phase != UNTIMED:
            return runners * self._mean(phase)
        share = fmean(self._open) if self._open else 1.0
        timed = share * self.submissions * self._mean(ALL)
        return runners * self._mean(UNTIMED) / self.jobs + timed

    def _mean(self, phase: str) -> float:
        return fmean(self._took.get(phase) or [self.expected[phase]])


@dataclass(frozen=True, slots=True)
class ClassProgress:
    """Prints a line for each runner that ends."""

    course: Course
    estimate: Estimate
    quiet: bool

    def first(self, phase: str, ended: RunnerExit, _left: int) -> None:
        """The timed checks of the first submission ended, long before those of the others."""
        self.estimate.add(phase, ended.seconds, unfinished=False)

    def report(self, phase: str, ended: RunnerExit, left: int) -> None:
        grade = self.course.grade_of(ended.entry)
        unfinished = (grade is None or not grade.complete) and not ended.late
        self.estimate.add(phase, ended.seconds, unfinished=unfinished)
        if self.quiet:
            return
        state = f"{grade.earned:g} of {grade.points:g}" if grade else "no grade"
        if grade and not grade.complete:
            state += " so far"
        elif grade and not grade.gradable:
            state = "not gradable"
        if ended.failed:
            state += f"; its runner failed: {ended.last_line}"
        rest = _minutes(self.estimate.left(phase, left))
        tell(
            f"[{left} left] {ended.entry.name}: {state} ({ended.seconds:.1f} s); about {rest} left"
        )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
