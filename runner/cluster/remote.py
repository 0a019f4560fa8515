"""A host of a cluster, as the session uses it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from runner.cluster import on_host
from runner.cluster.examined import HostFacts
from runner.cluster.link import Link, LostError
from runner.cluster.travel import Luggage, packed
from runner.measure.asked import asked
from runner.measure.fleet import OnProgress
from runner.plan import Plan, Trial
from runner.plan.spread import adapted
from runner.records.json_line import from_json
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement, TrialRecord
from runner.session.conditions import Conditions
from runner.session.host import HostLostError


class RemoteHost:
    """Implements Host. `plan` is the whole plan as it runs on this host, which has the luggage."""

    def __init__(
        self, link: Link, address: str, name: str, facts: HostFacts, plan: Plan, luggage: Luggage
    ) -> None:
        self._link, self.address, self._facts = link, address, facts
        self._plan, self._luggage = plan, luggage
        self._lost = ""
        self.name = name

    @property
    def machine(self) -> str:
        return self._facts.boot

    @property
    def engine(self) -> str:
        return self._facts.engine

    def adapted(self, plan: Plan) -> Plan:
        return adapted(plan, self._plan.trials)

    def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
        del on_progress  # what a host says while it measures would be traffic beside the window
        try:
            lines = self._link.call(self.address, on_host.measure, self.packed(trials))
            return [self.read(t, line) for t, line in zip(trials, lines, strict=True)]
        except (LostError, ValueError) as lost:
            self._lost = f"host {self.name} was lost: {lost}"
            return [self.unmeasured(trial, self._lost) for trial in trials]

    def after_error(self) -> None:
        self._require()
        try:
            self._link.call(self.address, on_host.after_error)
        except LostError as lost:
            self._lost = f"host {self.name} was lost: {lost}"
        self._require()

    def until_quiet(self, seconds: float) -> float:
        try:
            return float(self._link.call(self.address, on_host.until_quiet, seconds))
        except LostError as lost:
            raise HostLostError(f"host {self.name} was lost: {lost}") from None

    def is_quiet(self, seconds: float) -> bool:
        """Whether other programs leave its CPUs alone, looked at for so long."""
        try:
            return self.until_quiet(seconds) > 0
        except HostLostError:
            return True

    @property
    def conditions(self) -> Conditions:
        return self._facts.conditions

    @property
    def plan(self) -> Plan:
        """The whole plan as it runs there."""
        return self._plan

    def stop(self) -> None:
        self._link.stop(self.address)

    def _require(self) -> None:
        if self._lost:
            raise HostLostError(self._lost)

    @property
    def place(self) -> str:
        """The address of the host, without the port of its worker."""
        return place_of(self.address)

    def packed(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """On their way to it."""
        return packed(trials, self._luggage)

    def read(self, trial: Trial, line: str, name: str = "") -> Outcome:
        """A record as the host wrote it, held against its types. `name` is its own, or that of the
        team in which it serves. Raises ValueError."""
        found = from_json(json.loads(line))
        record = replace(found.record, asked=asked(trial))  # there the paths are other ones
        record = _placed(record, name or self.name)
        return replace(found, cell=trial.cell, record=record)

    def unmeasured(self, trial: Trial, why: str, name: str = "") -> Outcome:
        return unmeasured(trial, why, name or self.name)


def place_of(url: str) -> str:
    """The address of a worker's host."""
    return url.rpartition("//")[2].rpartition(":")[0].strip("[]")


def unmeasured(trial: Trial, why: str, name: str) -> Outcome:
    """ERROR: of a host that was lost, or was never there."""
    record = _placed(TrialRecord(asked=asked(trial)), name)
    return Outcome(trial.id, trial.cell, trial.block, Status.ERROR, why, {}, record)


def _placed(record: TrialRecord, name: str) -> TrialRecord:
    place = record.placement or Placement()
    return replace(record, placement=replace(place, host=name))
