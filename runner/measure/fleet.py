"""One load generator of a trial and its stream of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.server import (
    END_SECONDS,
    ServerFault,
    last_words,
    left,
    require_alive,
    standing,
)
from runner.records import fleet_output
from runner.records.fleet_output import Connected, FleetProgress, FleetResult
from runner.untrusted import UntrustedError, parsed_object

T = TypeVar("T")
OnProgress = Callable[[FleetProgress], None]
"""Is called with each progress event of the load generator while a trial runs."""
_SHOWN = 80
MUTE_SECONDS = 5.0
"""A load generator that connects reports its progress twice a second (native/fleet/progress.c)."""


@dataclass(slots=True)
class Part:
    """One load generator of the trial, beside the server."""

    fleet: Running
    server: Running
    deadline: float
    on_progress: OnProgress
    connecting: int | None = None
    """How many connections were served at the load generator's last progress event; None where it
    is not connecting."""
    heard: float = field(default_factory=monotonic)
    """When it last reported progress."""

    def connected(self) -> Connected:
        """Returns when all connections are open, or no more can be opened. Raises as `until`
        does."""
        return typed(fleet_output.connected, self.until("connected"))

    def result(self) -> FleetResult:
        """All that the load generator measured. Raises as `until` does."""
        return typed(fleet_output.result, self.until("result"))

    def until(self, name: str) -> dict[str, Any]:
        """The next event of that name; progress events before it are passed on. Where the load
        generator ends before it, that is the server's fault if the server has ended too, else an
        error of the lab."""
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
                raise self._stopped(name, typed(fleet_output.result, event))
            if event.get("event") == "error":
                raise EngineError(f"the load generator: {event.get('message')}")
            if event.get("event") == "progress":
                progress = typed(fleet_output.progress, event)
                self.on_progress(progress)
                self.heard = monotonic()
                known = progress.phase == "connecting"
                self.connecting = progress.connected if known else None
            if left(self.deadline) == 0:
                self._late(name)

    def _require_not_killed(self, name: str) -> None:
        """A load generator that was killed has reset its connections, and a server may end because
        of that: the fault is not the server's. No server can end a load generator by a signal."""
        ended = self.fleet.exited(END_SECONDS)
        if ended is not None and (ended.signal or ended.oom or ended.outside):
            raise EngineError(f"the load generator was killed ({ended}) before {name!r}")

    def _stopped(self, name: str, result: FleetResult) -> Exception:
        """The load generator has a deadline of its own for the connections, which only the server
        can delay; a signal comes from outside."""
        why = result.interrupted_by
        if why != "deadline":
            return EngineError(f"the load generator was stopped ({why}) before {name!r}")
        held = result.idle_alive + result.active_alive
        return ServerFault(
            f"the server accepted only {held} connections within five minutes"
            f"{standing(self.server)}"
        )

    def _late(self, name: str) -> str:
        require_alive(self.server)
        mute = monotonic() - self.heard
        if mute > MUTE_SECONDS:
            raise EngineError(
                f"the load generator said nothing for {mute:.0f} s before {name!r}: it hung, or "
                "something stopped it"
            )
        if name == "connected" and self.connecting is not None:
            if self.connecting == 0:
                raise ServerFault(
                    "the server answered no client before the trial's timeout: send every byte "
                    "back, name what it speaks (`protocol: http`), or use a longer `timeout`"
                    f"{standing(self.server)}"
                )
            raise ServerFault(
                f"the server accepted only {self.connecting} connections before the trial's "
                f"timeout: accept faster, or use a longer `timeout`{standing(self.server)}"
            )
        raise EngineError(f"the load generator did not reach {name!r} in time")


def typed(read: Callable[[Mapping[str, Any]], T], event: Mapping[str, Any]) -> T:
    """The event, read by fleet_output.py. Raises EngineError where it cannot be read."""
    try:
        return read(event)
    except ValueError as error:
        raise EngineError(
            f"the load generator printed an event that cannot be read ({error})"
        ) from None


def _event(line: str) -> dict[str, Any]:
    try:
        return parsed_object(line)
    except UntrustedError as error:
        raise EngineError(
            f"the load generator printed no event ({error}): {line[:_SHOWN]!r}"
        ) from None
