"""Grading: every check after those that it needs is measured by the session, judged and scored.

It prints nothing: a `Watcher` receives its progress, and `say` a line for the user.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from runner import interrupt, machine, session
from runner.engine.box import Engine, MissingError, Say
from runner.grade import score
from runner.grade.begin import Layout
from runner.grade.denials import model_of
from runner.grade.differs import differences
from runner.grade.machine_facts import facts_of
from runner.grade.proof import prove
from runner.grade.record import CheckGrade, Grade, ProofRow, State
from runner.grade.workspace import GradeFolder
from runner.measure import Unbuilt, missing_ring, programs
from runner.plan import Plan, Trial
from runner.results import unseal
from runner.session import Options, Session, user_key
from runner.session.budget import seconds
from runner.session.counting import Counted
from runner.session.ending import Report, refusal_of
from runner.spec import SUBMISSION, Assignment, Cell, Check

SETTLED = (State.PASS, State.FAIL, State.INCONCLUSIVE)
"""Checks that are not measured again when a grading goes on."""

GradeReports = Callable[[GradeFolder, Grade], list[str]]
"""Writes the reports of a grade, and returns what could not be written."""


class Watcher(session.Listener, Protocol):
    """Receives the progress of a grading: that of its trials, and of its checks."""

    def begins(self, check: Check) -> None:
        """Its trials are measured next."""

    def ends(self, grade: CheckGrade) -> None:
        """It is graded, and that is on disk."""


def options_of(layout: Layout) -> Options:
    """A grading is a run of the spec that was laid out."""
    spec, grade = str(layout.folder.spec), layout.grade
    return Options(spec, grade.engine, (), (), None, grade.seed, quick=False, full=False)


@dataclass(slots=True)
class Grading:
    """A grading under way. `grade` is what is known so far."""

    assignment: Assignment
    folder: GradeFolder
    opened: Session
    grade: Grade
    failed: str = ""
    """Why grade.json could not be written the last time."""

    @classmethod
    def begin(
        cls, layout: Layout, assignment: Assignment, plan: Plan, engine: Engine, say: Say
    ) -> Grading:
        """Raises ResultsError, IntegrityError."""
        unseal(layout.folder.path)
        run = layout.folder.run
        conditions = session.here(engine, assignment.labs_root)
        opened = session.open_run(options_of(layout), assignment, plan, conditions, run, say)
        about = layout.folder.run.environment()
        here = facts_of(
            about,
            nofile=engine.nofile_max(),
            quota=machine.quota_cpus(),
            checks=layout.public_checks,
        )
        grade = layout.grade
        differs = differences(here, grade.grader) if grade.public else ()
        known = replace(grade, lacks=here.lacks, machine=here, differs=differs)
        return cls(assignment, layout.folder, opened, known)

    def run(
        self,
        engine: Engine,
        unbuilt: Unbuilt,
        watcher: Watcher,
        ids: Collection[str] | None = None,
        until: float | None = None,
    ) -> None:
        """Grades the checks with these `ids`, all of them by default. Checks for which there is no
        time before `until` (CLOCK_MONOTONIC, seconds) wait. What is graded is on disk before the
        next check begins. Raises KeyboardInterrupt, EngineError."""
        host = session.ThisMachine(engine, unbuilt, self.opened.say)
        before = {each.id: each for each in self.grade.checks}
        graded = {check.id: score.waiting(check) for check in self.assignment.experiments}
        began, earlier = time.monotonic(), self.grade.seconds

        def late(part: Plan) -> bool:
            return until is not None and time.monotonic() + seconds(part, engine.name) > until

        @cache
        def lack() -> str:
            """Why no server of the assignment's model runs here, however it ends."""
            missing = missing_ring(engine) if self._needs_ring else None
            return f"a server of this assignment needs {missing}" if missing else ""

        for check in self.assignment.in_order():
            unmet = score.unmet(check, self._with_proof(graded))
            known = before.get(check.id)
            waits = any(graded[needed].state is State.WAITING for needed in check.needs)
            part = self._part(check)
            if unmet:
                graded[check.id] = score.not_run(check, unmet)
            elif known is not None and known.state in SETTLED and self._has(part):
                graded[check.id] = self._scored(check, part, unbuilt, known.seconds)
                continue
            elif waits or late(part) or (ids is not None and check.id not in ids):
                continue
            elif lack():
                graded[check.id] = score.ungradable(check, lack())
            else:
                watcher.begins(check)
                since = time.monotonic()
                self.opened.run([host], watcher, part, until)
                took = time.monotonic() - since + (known.seconds if known else 0.0)
                graded[check.id] = self._scored(check, part, unbuilt, took)
            self._keep(graded, earlier + time.monotonic() - began)
            watcher.ends(next(each for each in self.grade.checks if each.id == check.id))
        self._keep(graded, earlier + time.monotonic() - began)

    def finish(
        self, report: Report, reports: GradeReports, *, stopped: bool
    ) -> tuple[Grade, list[str]]:
        """The grade, and what could not be written. The run is sealed first, then the grade."""
        with interrupt.shielded():
            complete = self.grade.complete and not stopped
            failed = session.finish(self.opened, report, complete=complete).failed
            failed += refusal_of(lambda: self.folder.write(self.grade))
            failed += reports(self.folder, self.grade)
            key = user_key(self.opened.say, make=False)
            failed += refusal_of(lambda: self.folder.seal(key, complete=complete))
        return self.grade, failed

    def _part(self, check: Check) -> Plan:
        plan = self.opened.plan
        return replace(plan, trials=tuple(t for t in plan.trials if t.experiment == check.id))

    def _has(self, part: Plan) -> bool:
        """Whether there is a record of each of its trials that a run makes."""
        counted = Counted(self.opened.journal.measurements())
        failed = counted.failed_for_good()
        return all(t.cell in failed or counted.status(t) is not None for t in part.trials)

    def _scored(self, check: Check, part: Plan, unbuilt: Unbuilt, seconds: float) -> CheckGrade:
        run = self.opened.judged_so_far()
        results = score.CheckResults(
            [each for each in run.verdicts if each.experiment == check.id],
            [each for each in run.measurements if each.cell.experiment == check.id],
            self._excused(part.trials, unbuilt),
        )
        return score.scored(check, results, seconds)

    @property
    def _needs_ring(self) -> bool:
        return model_of(self.assignment).needs_ring

    def _excused(self, trials: Iterable[Trial], unbuilt: Unbuilt) -> set[Cell]:
        """The cells that this machine cannot run, whatever the submission demands: also where the
        model demands as much, such as liburing."""
        if self._needs_ring:
            return {trial.cell for trial in trials}
        return {trial.cell for trial in trials if trial.skip or _lacks(trial, unbuilt)}

    def _proof(self) -> tuple[ProofRow, ...]:
        """What all trials so far say of the claims of the model."""
        records = Counted(self.opened.journal.measurements()).records
        return prove(self.assignment.assignment.model, records, SUBMISSION)

    def _with_proof(self, graded: Mapping[str, CheckGrade]) -> tuple[CheckGrade, ...]:
        """Later checks are evidence as well: so the points of claims are counted anew each time."""
        rows = self._proof()
        records = self.opened.judged_so_far().measurements
        return tuple(
            score.with_proof(
                check,
                graded[check.id],
                rows,
                [each for each in records if each.cell.experiment == check.id],
            )
            for check in self.assignment.experiments
        )

    def _keep(self, graded: Mapping[str, CheckGrade], seconds: float) -> None:
        """Where the disk is full the grading goes on: the records of its trials are kept, and the
        grade is made from them."""
        checks = self._with_proof(graded)
        total = score.total(checks)
        self.grade = replace(
            self.grade,
            seconds=round(seconds, 3),
            complete=total.complete,
            gradable=total.gradable,
            points=total.points,
            earned=total.earned,
            bonus=total.bonus,
            checks=checks,
            proof=self._proof(),
        )
        refused = refusal_of(lambda: self.folder.write(self.grade))
        if refused and not self.failed:
            self.opened.say(f"grade: {refused[0]}; grading goes on")
        self.failed = refused[0] if refused else ""


def _lacks(trial: Trial, unbuilt: Unbuilt) -> bool:
    """Whether a program of the trial is missing that is not the submission, or what runs servers of
    its language: Docker, without which no Dockerfile is followed, or Python."""
    return any(
        program in unbuilt
        and (
            program.folder.name != SUBMISSION
            or (program.language != "c" and isinstance(unbuilt[program], MissingError))
        )
        for program in programs(trial)
    )
