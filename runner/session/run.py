"""A run from its options to the last record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from runner import interrupt, spec
from runner.engine.box import Say
from runner.judge.run import Run
from runner.plan import Plan, Trial
from runner.plan.spread import spread
from runner.records.fleet_output import FleetProgress
from runner.records.outcome import Outcome, Status
from runner.results import Journal, RunFolder
from runner.session import resume
from runner.session.begin import begin
from runner.session.budget import Budget, budget_ns
from runner.session.conditions import Conditions
from runner.session.counting import Counted
from runner.session.crew import Crew, Turns
from runner.session.host import Host
from runner.session.judged import judged
from runner.session.listener import Listener
from runner.session.loop import Loop
from runner.session.options import Options
from runner.session.together import Teams, Together, divided
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
        hosts: Sequence[Host],
        listener: Listener,
        part: Plan | None = None,
        until: float | None = None,
        teams: Teams | None = None,
    ) -> None:
        """Measures the plan, or a part of it, and what undecided verdicts need beyond it. A part
        has a budget of its own, which ends no later than `until` (CLOCK_MONOTONIC, seconds). Each
        record is on disk before its host starts the next trial. `teams` measure what one host
        cannot: a load from others. Raises KeyboardInterrupt, EngineError, HostLostError."""
        planned = part or self.plan
        budget = Budget(self.suite, planned, hosts[0].engine, until)
        desk = Desk(self.journal, listener)

        def work(own: Plan, host: Host, turns: Turns) -> None:
            self._measure(host.adapted(own), host, turns, desk, budget)

        parts = spread(self.suite, planned) if len(hosts) > 1 else [planned]
        alone, apart = divided(parts) if teams is not None else (parts, [])
        if len(hosts) > 1 and alone:
            Crew(alone, hosts, work, self.say, named=_cells, home=self._home).run()
        elif alone:
            work(planned, hosts[0], Turns(hosts))
        if teams is not None:
            Together(teams, work, self.say, self.journal.measurements, desk.finished).run(apart)

    def _home(self, part: Plan) -> str | None:
        cells = set(part.cells)
        named = [each.host for each in self.journal.measurements() if each.cell in cells]
        return named[-1] if named else None

    def _measure(self, planned: Plan, host: Host, turns: Turns, desk: Desk, budget: Budget) -> None:
        patience = PATIENCE * budget_ns(self.suite, self.plan) / 1e9

        def measured(trials: Sequence[Trial]) -> Sequence[Outcome]:
            interrupt.require_none()
            with turns.on(host):
                turns.require_going()
                desk.started(trials)
                records = host.measure(trials, desk.event)
            turns.require_going()  # else it was ended with the run, and says nothing
            for record in records:
                desk.finished(record)
            if any(record.status is Status.ERROR for record in records):
                host.after_error()
            return records

        def wait() -> None:
            nonlocal patience
            with turns.on(host):
                patience = host.until_quiet(patience)

        before = [each for each in self.journal.measurements() if each.host == host.name]
        Loop(
            self.suite,
            planned,
            Counted(before),
            measured,
            budget.affordable,
            more=desk.more,
            wait=wait,
            spared=desk.spared,
            selected=self.plan.cells,
        ).run()


def _cells(part: Plan) -> str:
    return ", ".join(cell.name for cell in part.cells)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the hosts share: the journal, and the listener. One at a time uses it."""

    journal: Journal
    listener: Listener
    _lock: Lock = field(default_factory=Lock)

    def started(self, trials: Sequence[Trial]) -> None:
        with self._lock:
            self.listener.started(trials)

    def event(self, progress: FleetProgress) -> None:
        with self._lock:
            self.listener.event(progress)

    def finished(self, record: Outcome) -> None:
        """The record is on disk when this returns."""
        with self._lock:
            self.journal.append(record)
            self.listener.finished(record)

    def more(self, trials: int) -> None:
        with self._lock:
            self.listener.more(trials)

    def spared(self, trials: int) -> None:
        with self._lock:
            self.listener.spared(trials)


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
    conditions: Conditions,
    into: RunFolder | Path,
    say: Say,
) -> Session:
    """Begins a new run in a folder below `into`, or in the run folder that it is; resumes the run
    where that holds one. Raises ResultsError, IntegrityError."""
    if isinstance(into, RunFolder) and into.begun:
        folder, lock = into, into.hold()
        number = resume.resume(folder, conditions)
    else:
        folder = RunFolder.create(into, suite.path.stem) if isinstance(into, Path) else into.made()
        begin(options, suite, plan, conditions, folder)
        lock, number = folder.hold(), 1
    return Session(suite, plan, folder, Journal(folder, number, say), lock, say)
