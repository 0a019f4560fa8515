"""Where the repeats of two cells ran: trials in different places are not compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.records.outcome import Measurement, Status

CPUs = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a trial ran: the CPUs of the server and of the fleet, empty for any CPU and None where
    that side did not run; how they were pinned; the network path. Empty texts are unknown."""

    server: CPUs | None
    fleet: CPUs | None
    pinned: str
    path: str


def differing(measurements: Sequence[Measurement]) -> tuple[Placement, Placement] | None:
    """The first two placements, where the sound repeats have more than one."""
    places = list(dict.fromkeys(p for m in measurements if (p := _placement(m)) is not None))
    return (places[0], places[1]) if len(places) > 1 else None


def shared_cpu(measurements: Sequence[Measurement]) -> bool:
    """Whether server and fleet shared one CPU in a sound repeat: figures are of both together."""
    sound = [m.record.get("placement", {}) for m in measurements if m.status is Status.OK]
    return any(place.get("shared") for place in sound)


def _placement(measurement: Measurement) -> Placement | None:
    place: Mapping[str, Any] | None = measurement.record.get("placement")
    if measurement.status is not Status.OK or not place:
        return None
    server, fleet = (
        tuple(place[name] or ()) if name in place else None for name in ("server", "fleet")
    )
    return Placement(server, fleet, str(place.get("pinned") or ""), str(place.get("path") or ""))
