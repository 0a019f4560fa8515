"""Many gradings, each in a runner of its own: a class, a regrading, a calibration."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from runner.cli import engines
from runner.cli.class_progress import ClassProgress, Estimate, timed_seconds
from runner.cli.terminal import tell
from runner.engine.box import Program
from runner.grade.assignment_folder import SERVERS
from runner.grade.begin import Order
from runner.grade.course import ALL, TIME_LIMIT, UNTIMED, Course, Entry
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS
from runner.spec import Assignment

PATIENCE = 60.0
RUNNER = (sys.executable, "-P", "-c", "from runner.cli import main; main()")
"""With -P no file of the working folder is imported: it may hold submissions."""


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
        return self.course_elsewhere(assignment, entries)

    def course_elsewhere(self, assignment: Assignment, entries: Sequence[Entry]) -> Course:
        """Nothing is prepared on this machine."""
        expected = assignment.assignment.expected / 1e9
        phases = {UNTIMED: expected, ALL: timed_seconds(assignment, self.order.engine)}
        home = self.order.into / self.order.source.name
        limit = max(TIME_LIMIT, 10 * expected)
        return Course(home, entries, self._command, limit, phases, self._await_engine)

    def run(self, course: Course) -> None:
        """Raises KeyboardInterrupt when every runner has ended."""
        estimate = Estimate(len(course.entries), self.jobs, course.expected)
        progress = ClassProgress(course, estimate, self.quiet)
        course.run(self.jobs, progress.report, progress.first)

    def _prepare(self, first: Entry) -> None:
        """Builds what every grading needs, once, and not by many runners at the same time."""
        submission = Program("server", first.path.resolve(), "c")
        self.order.into.mkdir(parents=True, exist_ok=True)
        with closing(engines.choose(self.engine, tell, self.order.closed)) as engine:
            engines.require_trust(
                engine, [submission], tell, trusted=self.trust, remedy=engines.GRADER
            )
            references = [
                Program("server", self.order.source.reference, language) for language in SERVERS
            ]
            engine.prepare([FLEET_PROGRAM, *TRACE_PROGRAMS, *references], tell)

    def _await_engine(self) -> None:
        """A daemon that is restarted is back within seconds."""
        if self.order.engine == "docker" and not engines.daemon_answers(0.0):
            tell(f"grade: no Docker daemon answers: waiting up to {PATIENCE:.0f} s for it")
            engines.daemon_answers(PATIENCE)

    def _command(self, entry: Entry, phase: str) -> list[str]:
        order = self.order
        words = ["grade", str(order.source.path), "--submission", str(entry.path)]
        words += ["--into", str(order.into), "--name", entry.name]
        words += ["--phase", phase, "--parent", str(os.getpid())]
        return [*RUNNER, *words, *self.options(order.engine)]

    def options(self, engine: str) -> list[str]:
        """Those that are the same for every submission, on a host with this engine."""
        order = self.order
        words = ["--engine", engine, "--lang", self.language]
        words += ["--public"] if order.public else []
        words += ["--untimed"] if order.untimed else []
        words += ["--trust"] if self.trust else []
        words += ["--seed", str(order.seed)] if order.seed is not None else []
        return words
