"""Where the repeats of two cells ran: trials in different places are not compared. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Placement


def differing(measurements: Sequence[Outcome]) -> tuple[Placement, Placement] | None:
    """The first two placements, where the sound repeats have more than one."""
    places = {
        (p.host, p.server, p.fleet, p.pinned or "", p.path or ""): p for p in _sound(measurements)
    }
    first, second, *_ = [*places.values(), None, None]
    return None if first is None or second is None else (first, second)


def shared_cpu(measurements: Sequence[Outcome]) -> bool:
    """Whether server and fleet shared one CPU in a sound repeat: figures are of both together."""
    return any(place.shared for place in _sound(measurements))


def _sound(measurements: Sequence[Outcome]) -> list[Placement]:
    found = [m.record.placement for m in measurements if m.status is Status.OK]
    return [place for place in found if place is not None]
