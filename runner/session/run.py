"""A run from its options to the last record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runner import interrupt, machine, measure, spec
from runner.engine.box import Engine, Say
from runner.judge.run import Run
from runner.plan import Plan, Trial
from runner.records.outcome import Outcome, Status
from runner.results import Journal, RunFolder
from runner.session import resume
from runner.session.begin import begin
from runner.session.budget import Budget, budget_ns
from runner.session.counting import Counted
from runner.session.judged import judged
from runner.session.listener import Listener
from runner.session.loop import Loop
from runner.session.options import Options
from runner.session.wait_for_engine import WaitForEngine
from runner.spec import Suite

PATIENCE = 0.1
"""The part of the budget that may go by in waiting for a quieter machine before disturbed trials
are run again, in all."""


@dataclass(frozen=True, slots=True)
class Session:
    """A run that is under way. No other runner can resume it until `lock` is closed."""

    suite: Suite
    plan: Plan
    folder: RunFolder
    journal: Journal
    lock: BinaryIO
    say: Say

    @property
    def unsettled(self) -> int:
        """How many trials of the plan are still to be run."""
        counted = Counted(self.journal.measurements())
        return sum(not counted.settled(trial) for trial in self.plan.trials)

    def judged_so_far(self) -> Run:
        return judged(self.folder, self.suite, self.journal.measurements(), complete=True)

    def run(
        self,
        engine: Engine,
        unbuilt: measure.Unbuilt,
        listener: Listener,
        part: Plan | None = None,
        until: float | None = None,
    ) -> None:
        """Measures the plan, or a part of it, and what undecided verdicts need beyond it. A part
        has a budget of its own, which ends no later than `until` (CLOCK_MONOTONIC, seconds). Each
        record is on disk before the next trial starts. Raises KeyboardInterrupt, EngineError."""
        planned = part or self.plan
        budget = Budget(self.suite, planned, engine.name, until)
        patience = machine.Patience(PATIENCE * budget_ns(self.suite, self.plan) / 1e9)
        cpus = machine.usable_cpus()[:2]
        answering = WaitForEngine(engine, self.say)

        def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
            interrupt.require_none()
            listener.started(trials)
            records = measure.run_all(trials, engine, unbuilt, listener.event)
            for record in records:
                self.journal.append(record)
                listener.finished(record)
            if any(record.status is Status.ERROR for record in records):
                answering.wait()
            return records

        Loop(
            self.suite,
            planned,
            Counted(self.journal.measurements()),
            measured,
            budget.affordable,
            more=listener.more,
            wait=lambda: patience.until_quiet(cpus),
            spared=listener.spared,
            selected=self.plan.cells,
        ).run()


def load(options: Options, earlier: RunFolder | None) -> tuple[Options, Suite]:
    """The spec of a new run, or that of the `earlier` run that is resumed, with its options.
    Raises SpecError, ResumeError, ResultsError, IntegrityError."""
    if earlier is None:
        return options, spec.load(options.path, options.overrides)
    resume.require_unchanged(earlier)
    begun = resume.options_of(earlier, options)
    return begun, resume.suite_of(earlier, begun, named=options.spec is not None)


def open_run(
    options: Options,
    suite: Suite,
    plan: Plan,
    engine: Engine,
    into: RunFolder | Path,
    say: Say,
) -> Session:
    """Begins a new run in a folder below `into`, or in the run folder that it is; resumes the run
    where that holds one. Raises ResultsError, IntegrityError."""
    if isinstance(into, RunFolder) and into.begun:
        folder, lock = into, into.hold()
        number = resume.resume(folder, engine)
    else:
        folder = RunFolder.create(into, suite.path.stem) if isinstance(into, Path) else into.made()
        begin(options, suite, plan, engine, folder)
        lock, number = folder.hold(), 1
    return Session(suite, plan, folder, Journal(folder, number, say), lock, say)
