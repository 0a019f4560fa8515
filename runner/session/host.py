"""Who runs the trials of a run: this machine, or a host of a cluster (runner/cluster/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runner import machine, measure
from runner.engine.box import Engine, Say
from runner.measure.afar import Afar
from runner.measure.fleet import OnProgress
from runner.plan import Plan, Trial
from runner.records.outcome import Outcome
from runner.session.wait_for_engine import WaitForEngine


class HostLostError(Exception):
    """A host that measures nothing more: it ended, is cut off, or does not answer."""


class Host(Protocol):
    """One machine with one engine. It runs one trial at a time, or one interleaved group."""

    @property
    def name(self) -> str | None:
        """As records name it; None for this machine, which needs no name."""

    @property
    def machine(self) -> str:
        """The same for hosts that are one machine: these take turns."""

    @property
    def engine(self) -> str:
        """The name of its engine."""

    def adapted(self, plan: Plan) -> Plan:
        """The trials as they run there: with its CPUs and its limits."""

    def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
        """One trial, or several at the same time in turns; whatever goes wrong is their outcome:
        ERROR where the host is lost meanwhile."""

    def after_error(self) -> None:
        """Returns when it can run trials again. Raises HostLostError where it never will."""

    def until_quiet(self, seconds: float) -> float:
        """Waits while other programs are busy there, for so many seconds at most. Returns how many
        are left."""

    def stop(self) -> None:
        """Ends what it runs, called while another thread waits in `measure`. Never raises."""


class ThisMachine:
    """Implements Host: the engine of this process."""

    name = None
    machine = ""

    def __init__(
        self, engine: Engine, unbuilt: measure.Unbuilt, say: Say, afar: Afar | None = None
    ) -> None:
        """`afar` are the hosts that send the load where a trial asks for others."""
        self._engine, self._unbuilt, self._afar = engine, unbuilt, afar
        self._answering = WaitForEngine(engine, say)

    @property
    def engine(self) -> str:
        return self._engine.name

    def adapted(self, plan: Plan) -> Plan:
        return plan

    def measure(self, trials: Sequence[Trial], on_progress: OnProgress) -> Sequence[Outcome]:
        return measure.run_all(trials, self._engine, self._unbuilt, on_progress, self._afar)

    def after_error(self) -> None:
        self._answering.wait()

    def until_quiet(self, seconds: float) -> float:
        patience = machine.Patience(seconds)
        patience.until_quiet(machine.usable_cpus()[:2])
        return patience.left

    def stop(self) -> None:
        self._engine.close()
