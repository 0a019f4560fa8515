"""The other hosts of a trial: they send its load, and the server's host leads them.

runner/cluster/load_hosts.py implements it. For the steps of a trial a load generator on another
host is a box as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from runner.engine.box import Running
from runner.plan import Trial
from runner.records.apart import Apart
from runner.records.fleet_output import FleetResult


class Door(Protocol):
    """A way to one server (runner/engine/doorway.py). The server must bind `port`."""

    @property
    def port(self) -> int: ...

    @property
    def address(self) -> str:
        """As the load hosts connect to it."""

    def open(self, server: Running) -> None:
        """From now on the load hosts reach the server. Raises MissingError, EngineError."""


class Afar(Protocol):
    """Each call that reaches another host raises EngineError where that host is lost."""

    def door(self, boxes: ExitStack) -> Door:
        """Closed by `boxes`. Raises MissingError."""

    def launch(
        self, boxes: ExitStack, trial: Trial, index: int, arguments: Sequence[str]
    ) -> Running:
        """Load generator number `index` of the trial, on the host that it belongs to."""

    def start(self, server: Running, parts: Sequence[Running]) -> None:
        """All of them at the same moment, a moment from now."""

    def ended(
        self, server: Running, parts: Sequence[Running], results: Sequence[FleetResult]
    ) -> Apart:
        """What was counted and how the windows lay."""

    def disturbance(
        self, parts: Sequence[Running], results: Sequence[FleetResult], allowed: float
    ) -> str | None:
        """How other programs disturbed the load hosts; None where they did not."""

    def lost(self) -> str:
        """Which of the hosts does not answer any more; empty where all do."""
