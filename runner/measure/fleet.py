"""One fleet of a trial and its stream of events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.engine.box import EngineError, Running, SilenceError
from runner.measure.server import last_words, require_alive

Told = Callable[[Mapping[str, Any]], None]
"""Hears the fleet's progress events while a trial runs."""


@dataclass(slots=True)
class Part:
    """One fleet of the trial and its stream of events."""

    fleet: Running
    server: Running
    deadline: float
    told: Told

    def until(self, name: str) -> dict[str, Any]:
        """The next event of that name; progress on the way is told, an end on the way is put at
        the door of who caused it."""
        while True:
            try:
                line = self.fleet.read_line(max(0.0, self.deadline - time.monotonic()))
            except SilenceError:
                require_alive(self.server)
                raise EngineError(f"the fleet did not reach {name!r} in time") from None
            if line is None:
                require_alive(self.server)
                raise EngineError(f"the fleet ended before {name!r}: {last_words(self.fleet)}")
            event = _event(line)
            if event.get("event") == name:
                return event
            if event.get("event") == "error":
                raise EngineError(f"the fleet: {event.get('message')}")
            if event.get("event") == "progress":
                self.told(event)


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        raise EngineError(f"the fleet said what is no JSON: {line[:80]!r}") from None
    if not isinstance(event, dict):
        raise EngineError(f"the fleet said what is no event: {line[:80]!r}")
    return event
