"""One fleet of a trial and its stream of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.server import END_SECONDS, ServerFault, last_words, left, require_alive
from runner.records import fleet_said
from runner.records.fleet_said import Connected, FleetResult
from runner.untrusted import UntrustedError, parsed_object

T = TypeVar("T")
Told = Callable[[Mapping[str, Any]], None]
"""Hears the fleet's progress events while a trial runs."""
_SHOWN = 80


@dataclass(slots=True)
class Part:
    """One fleet of the trial and its stream of events."""

    fleet: Running
    server: Running
    deadline: float
    told: Told
    connecting: int | None = None
    """Connections that were served when the load generator last said how far it is; None where it
    does not connect."""

    def connected(self) -> Connected:
        """All connections are there, or are not to be had. Raises as `until` does."""
        return typed(fleet_said.connected, self.until("connected"))

    def result(self) -> FleetResult:
        """All that it measured. Raises as `until` does."""
        return typed(fleet_said.result, self.until("result"))

    def until(self, name: str) -> dict[str, Any]:
        """The next event of that name. Progress on the way is passed on. An end on the way is the
        server's fault where the server has ended, else the lab's error."""
        while True:
            try:
                line = self.fleet.read_line(left(self.deadline))
            except SilenceError:
                line = self._late(name)
            if line is None:
                self._require_not_killed(name)
                require_alive(self.server, END_SECONDS)
                raise EngineError(
                    f"the load generator ended before {name!r}: {last_words(self.fleet)}"
                )
            event = _event(line)
            if event.get("event") == name:
                return event
            if event.get("event") == "result":
                raise self._stopped(name, event)
            if event.get("event") == "error":
                raise EngineError(f"the load generator: {event.get('message')}")
            if event.get("event") == "progress":
                self.told(event)
                known = event.get("phase") == "connecting"
                self.connecting = int(event.get("connected") or 0) if known else None
            if left(self.deadline) == 0:
                self._late(name)

    def _require_not_killed(self, name: str) -> None:
        """A load generator that was killed has reset its connections, and a server may end of that:
        the fault is not the server's. Nothing that a server does ends a load generator by a
        signal."""
        ended = self.fleet.exited(END_SECONDS)
        if ended is not None and (ended.signal or ended.oom or ended.outside):
            raise EngineError(f"the load generator was killed ({ended}) before {name!r}")

    def _stopped(self, name: str, result: Mapping[str, Any]) -> Exception:
        """It has a deadline of its own for the connections, which only the server can make late; a
        signal is somebody else's."""
        why = result.get("interrupted_by")
        if why != "deadline":
            return EngineError(f"the load generator was stopped ({why}) before {name!r}")
        held = int(result.get("idle_alive") or 0) + int(result.get("active_alive") or 0)
        return ServerFault(f"the server accepted only {held} connections within five minutes")

    def _late(self, name: str) -> str:
        require_alive(self.server)
        if name == "connected" and self.connecting is not None:
            raise ServerFault(
                f"the server accepted only {self.connecting} connections before the trial's "
                "timeout: accept faster, or use a longer `timeout`"
            )
        raise EngineError(f"the load generator did not reach {name!r} in time")


def typed(read: Callable[[Mapping[str, Any]], T], event: Mapping[str, Any]) -> T:
    """The event, read by fleet_said.py. Raises EngineError where it is not understood."""
    try:
        return read(event)
    except ValueError as error:
        raise EngineError(f"the fleet said what is not understood ({error})") from None


def _event(line: str) -> dict[str, Any]:
    try:
        return parsed_object(line)
    except UntrustedError as error:
        raise EngineError(
            f"the load generator printed no event ({error}): {line[:_SHOWN]!r}"
        ) from None
