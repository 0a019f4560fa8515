"""One fleet of a trial and its stream of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.server import END_SECONDS, last_words, left, require_alive
from runner.untrusted import UntrustedError, parsed_object

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

    def until(self, name: str) -> dict[str, Any]:
        """The next event of that name. Progress on the way is passed on. An end on the way is the
        server's fault where the server has ended, else the lab's error."""
        while True:
            try:
                line = self.fleet.read_line(left(self.deadline))
            except SilenceError:
                line = self._late(name)
            if line is None:
                require_alive(self.server, END_SECONDS)
                raise EngineError(f"the fleet ended before {name!r}: {last_words(self.fleet)}")
            event = _event(line)
            if event.get("event") == name:
                return event
            if event.get("event") == "error":
                raise EngineError(f"the fleet: {event.get('message')}")
            if event.get("event") == "progress":
                self.told(event)
            if left(self.deadline) == 0:
                self._late(name)

    def _late(self, name: str) -> str:
        require_alive(self.server)
        raise EngineError(f"the fleet did not reach {name!r} in time")


def _event(line: str) -> dict[str, Any]:
    try:
        return parsed_object(line)
    except UntrustedError as error:
        raise EngineError(f"the fleet said what is no event ({error}): {line[:_SHOWN]!r}") from None
