"""One submission, from its place to its grade."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from runner import machine
from runner.cli import engines, exits
from runner.cli.exits import Exit
from runner.cli.grade_outputs import show, write_grade
from runner.cli.grade_progress import Progress
from runner.cli.in_time import InTime
from runner.cli.outputs import Output, write_reports
from runner.cli.progress import silent, tell
from runner.engine.box import Engine, EngineError, Say
from runner.grade.begin import Laid, Order, laid_out, without_a_grade
from runner.grade.course import UNTIMED
from runner.grade.grading import Grading, options_of
from runner.grade.phases import side_by_side, timed
from runner.grade.record import Grade, State
from runner.grade.whole_class import graded_later, seal_again, verify_class
from runner.plural import number_of
from runner.report.grade import View
from runner.results import IntegrityError, ResultsError
from runner.session import user_key
from runner.session.needs import programs_of
from runner.spec import Assignment
from runner.spec.quantity import DURATION


@dataclass(frozen=True, slots=True)
class OneCommand:
    """The command line for one submission."""

    order: Order
    engine: str
    outputs: Sequence[Output]
    view: View
    phase: str | None
    """Which checks, where the runner of a class typed this command; None where a person did."""
    trust: bool
    quiet: bool
    time: InTime

    def run(self) -> Exit:
        code = self._graded()
        if self.phase is None:
            self._say_what_is_older()
        return code

    def _graded(self) -> Exit:
        say = silent if self.quiet else tell
        with laid_out(self.order, say) as laid:
            if laid.assignment is None:
                return self._without_a_run(laid, laid.grade)
            if laid.settled and laid.folder.verification().manifest is not None:
                say(f"grade: {laid.folder.shown} holds this grade already")
                return self._show(laid.grade, [])
            try:
                with closing(engines.choose(self.engine, say)) as engine:
                    return self._measured(laid, laid.assignment, engine, say)
            except EngineError as error:
                tell(f"runner: {error}")
                if not laid.folder.run.begun:  # else what it has graded stands, and is sealed
                    none = without_a_grade(laid.grade, laid.assignment, str(error))
                    self._without_a_run(laid, none)
                return Exit.INFRASTRUCTURE

    def _measured(self, laid: Laid, assignment: Assignment, engine: Engine, say: Say) -> Exit:
        options = options_of(laid)
        draft = options.plan(assignment, machine.nofile_hard())
        self.time.require(assignment, draft, engine.name)
        _warn_of_quota(assignment)
        unbuilt = engines.prepare(engine, programs_of(draft), say, trusted=self.trust)
        plan = options.plan(assignment, engine.nofile_max())
        grading = Grading.begun(laid, assignment, plan, engine, tell)
        expected = DURATION.show(assignment.assignment.expected)
        say(f"grade: {laid.folder.shown}; {expected} expected")
        wanted = side_by_side(assignment) if self.phase == UNTIMED else None
        stopped: BaseException | None = None
        with grading.opened.lock:
            try:
                with Progress(assignment, quiet=self.quiet) as progress:
                    grading.run(engine, unbuilt, progress, wanted, self.time.until)
            except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - raised at the end
                stopped = error
            reports = partial(write_reports, folder=grading.opened.folder)
            own = partial(write_grade, view=self.view)
            done, failed = grading.finish(reports, own, stopped=stopped is not None)
        code = self._show(done, failed)
        if stopped is None:
            self._say_what_waits(done)
            return code
        tell(f"grade: what was graded is in {laid.folder.shown}; the same command goes on with it")
        if isinstance(stopped, KeyboardInterrupt):
            return Exit.INTERRUPTED
        raise stopped

    def _say_what_is_older(self) -> None:
        """The folder may be that of a class, which has a table and a seal of its own."""
        home = self.order.into / self.order.source.name
        try:
            later = graded_later(home, verify_class(home))
        except (ResultsError, IntegrityError) as error:
            tell(f"grade: {error}")
            return
        if later:
            tell(f"grade: {seal_again(home, later)}")

    def _say_what_waits(self, done: Grade) -> None:
        waiting = sum(each.state is State.WAITING for each in done.checks)
        if waiting and self.time.allowed is not None:
            count = number_of(waiting, "check")
            tell(f"grade: {count} not run, for want of time within {self.time.allowed:g} s")

    def _without_a_run(self, laid: Laid, done: Grade) -> Exit:
        laid.folder.write(done)
        failed = write_grade(laid.folder, done, self.view)
        laid.folder.seal(user_key(tell), complete=done.complete)
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
