"""One submission, from its place to its grade."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from runner import machine
from runner.cli import engines, exits
from runner.cli.exit_codes import Exit
from runner.cli.grade_outputs import show, write_grade
from runner.cli.grade_progress import Progress
from runner.cli.in_time import InTime
from runner.cli.outputs import Output, write_reports
from runner.cli.terminal import silent, tell
from runner.engine.box import Engine, EngineError, Say
from runner.grade.begin import Layout, Order, lay_out, without_a_grade
from runner.grade.course import UNTIMED
from runner.grade.grading import Grading, options_of
from runner.grade.phases import side_by_side, timed
from runner.grade.record import Grade, State
from runner.grade.whole_class import (
    how_to_seal_again,
    submissions_graded_later,
    verify_class,
)
from runner.plural import number_of
from runner.report.grade import View
from runner.results import IntegrityError, ResultsError
from runner.session import user_key
from runner.session.needs import programs_of
from runner.spec import Assignment
from runner.spec.quantity import DURATION


@dataclass(frozen=True, slots=True)
class OneCommand:
    """The options for one submission."""

    order: Order
    engine: str
    outputs: Sequence[Output]
    view: View
    phase: str | None
    """Which checks are run, if this is one of the runners of a class; None otherwise."""
    trust: bool
    quiet: bool
    time: InTime

    def run(self) -> Exit:
        code = self._grade()
        if self.phase is None:
            self._tell_of_older_class()
        return code

    def _grade(self) -> Exit:
        say = silent if self.quiet else tell
        with lay_out(self.order, say) as layout:
            if layout.assignment is None:
                return self._end_without_run(layout, layout.grade)
            if layout.settled and layout.folder.verification().manifest is not None:
                say(f"grade: {layout.folder.shown} holds this grade already")
                return self._show(layout.grade, [])
            try:
                with closing(engines.choose(self.engine, say, self.order.closed)) as engine:
                    return self._measure(layout, layout.assignment, engine, say)
            except EngineError as error:
                tell(f"runner: {error}")
                if not layout.folder.run.begun:  # else what it has graded stands, and is sealed
                    none = without_a_grade(layout.grade, layout.assignment, str(error))
                    self._end_without_run(layout, none)
                return Exit.INFRASTRUCTURE

    def _measure(self, layout: Layout, assignment: Assignment, engine: Engine, say: Say) -> Exit:
        options = options_of(layout)
        draft = options.plan(assignment, machine.nofile_hard())
        self.time.require(assignment, draft, engine.name)
        _warn_of_quota(assignment)
        unbuilt = engines.prepare(
            engine,
            programs_of(draft),
            say,
            trusted=self.trust or self.order.public,
            remedy=engines.GRADER,
        )
        plan = options.plan(assignment, engine.nofile_max())
        grading = Grading.begin(layout, assignment, plan, engine, tell)
        expected = DURATION.show(assignment.assignment.expected)
        say(f"grade: {layout.folder.shown}; {expected} expected")
        ids = side_by_side(assignment) if self.phase == UNTIMED else None
        stopped: BaseException | None = None
        with grading.opened.lock:
            try:
                with Progress(assignment, quiet=self.quiet) as progress:
                    grading.run(engine, unbuilt, progress, ids, self.time.until)
            except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - raised at the end
                stopped = error
            reports = partial(write_reports, folder=grading.opened.folder)
            own = partial(write_grade, view=self.view)
            done, failed = grading.finish(reports, own, stopped=stopped is not None)
        code = self._show(done, failed)
        if stopped is None:
            self._tell_of_waiting_checks(done)
            return code
        where = layout.folder.shown
        tell(f"grade: what was graded is in {where}; the same command goes on with it")
        if isinstance(stopped, KeyboardInterrupt):
            return Exit.INTERRUPTED
        raise stopped

    def _tell_of_older_class(self) -> None:
        """Names a class whose table and seal are now older than this grade."""
        home = self.order.into / self.order.source.name
        try:
            later = submissions_graded_later(home, verify_class(home))
        except (ResultsError, IntegrityError) as error:
            tell(f"grade: {error}")
            return
        if later:
            tell(f"grade: {how_to_seal_again(home, later)}")

    def _tell_of_waiting_checks(self, done: Grade) -> None:
        waiting = sum(each.state is State.WAITING for each in done.checks)
        if waiting and self.time.allowed is not None:
            count = number_of(waiting, "check")
            tell(f"grade: {count} not run, for want of time within {self.time.allowed:g} s")

    def _end_without_run(self, layout: Layout, done: Grade) -> Exit:
        layout.folder.write(done)
        failed = write_grade(layout.folder, done, self.view)
        layout.folder.seal(user_key(tell), complete=done.complete)
        return self._show(done, failed)

    def _show(self, done: Grade, failed: list[str]) -> Exit:
        failed = [*failed, *show(done, self.outputs, self.view)]
        if failed:
            raise ResultsError(failed[0])
        return exits.of_grade(done)


def _warn_of_quota(assignment: Assignment) -> None:
    """A server and its load generator each need a CPU: a quota that stops them makes their times
    invalid."""
    allowed = machine.quota_cpus()
    names = ", ".join(check.id for check in assignment.experiments if timed(check))
    if allowed is not None and allowed < 2 and names:
        tell(f"grade: a quota allows {allowed:g} CPUs here, and checks that judge times need two: "
             f"{names}; --untimed leaves them out")  # fmt: skip
