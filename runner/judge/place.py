"""Where the repeats of two cells ran: what ran in different places is not compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.judge.verdict import Outcome
from runner.records.outcome import Measurement, Status


def differing(measurements: Sequence[Measurement]) -> tuple[Outcome, str] | None:
    """INVALID with the places, where there is more than one among the sound repeats."""
    places = list(dict.fromkeys(told for m in measurements if (told := _told(m)) is not None))
    if len(places) < 2:
        return None
    return Outcome.INVALID, f"measured in different places: {places[0]}; {places[1]}"


def shared(measurements: Sequence[Measurement]) -> list[str]:
    """A remark where server and fleet had one CPU between them."""
    sound = [m.record.get("placement", {}) for m in measurements if m.status is Status.OK]
    together = any(place.get("shared") for place in sound)
    return ["server and fleet shared one CPU: a figure is of both together"] if together else []


def _told(measurement: Measurement) -> str | None:
    place: Mapping[str, Any] | None = measurement.record.get("placement")
    if measurement.status is not Status.OK or not place:
        return None
    sides = [f"{name} on {_cpus(place.get(name))}" for name in ("server", "fleet") if name in place]
    return ", ".join(
        [*sides, *(str(place[name]) for name in ("pinned", "path") if place.get(name))]
    )


def _cpus(numbers: Sequence[int] | None) -> str:
    return f"CPU {', '.join(map(str, numbers))}" if numbers else "any CPU"
