"""What the trials of a submission's checks recorded, as the columns of the proof read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.grade.blame import server_of
from runner.kinds import KINDS
from runner.records.observed import Classified, Sighting
from runner.records.outcome import Outcome, Status
from runner.records.usage import Usage

WINDOW = "window"
"""The sighting that says which threads used CPU time, and not where they slept."""
UNNAMED = "unnamed"
"""The limit of a server that stopped serving new clients and did not say why."""


@dataclass(frozen=True, slots=True)
class CheckSighting:
    """What /proc showed at one moment, and the check in which that was. `unaccepted`: clients may
    have waited to be accepted, because the server was at a limit that it did not name."""

    check: str
    sighting: Sighting
    unaccepted: bool = False

    @property
    def when(self) -> str:
        sighting = self.sighting
        moment = {
            "ready": "before any client came",
            "connected": "before the window",
            "loaded": "during the warm-up",
            "measured": "after the window",
            "silences": "in silences without a tracer",
            "long": "in a silence of a second and more, without a tracer",
        }.get(sighting.moment, sighting.moment)
        return f"check {self.check}, {moment}, with {sighting.connections} connections"


@dataclass(frozen=True, slots=True)
class Growth:
    """The server's threads and processes before any client came, and at the end of the window."""

    check: str
    connections: int
    before: Usage
    during: Usage


@dataclass(frozen=True, slots=True)
class Evidence:
    """The trials of the submission alone, those of the reference left out. `waits` are the calls in
    which the model may wait, `serves` the words for the threads by which it may serve."""

    outcomes: tuple[Outcome, ...]
    waits: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()

    @property
    def sound(self) -> tuple[Outcome, ...]:
        """Trials whose observations hold: a disturbed window makes figures
        invalid, and no observation of how the server works."""
        return tuple(each for each in self.outcomes if each.status in (Status.OK, Status.INVALID))

    @property
    def traces(self) -> tuple[tuple[str, Classified], ...]:
        return tuple(
            (check_of(each), each.record.trace.classification)
            for each in self.outcomes
            if each.record.trace is not None and each.record.trace.classification is not None
        )

    @property
    def sightings(self) -> tuple[CheckSighting, ...]:
        return tuple(
            CheckSighting(check_of(each), sighting, each.metrics.get("limit") == UNNAMED)
            for each in self.outcomes
            for sighting in each.record.sightings or ()
            if sighting.moment != WINDOW
        )

    @property
    def windows(self) -> tuple[tuple[str, tuple[Sighting, ...]], ...]:
        """Of each trial under load that was looked at: its check and all its sightings."""
        return tuple(
            (check_of(each), each.record.sightings)
            for each in self.sound
            if each.record.sightings and any(s.moment == WINDOW for s in each.record.sightings)
        )

    @property
    def untraced_lacks(self) -> str:
        """Why /proc showed nothing, where it showed nothing at all."""
        seen = [each.sighting for each in self.sightings]
        if not seen:
            return "no check looked at the server through /proc"
        return "" if any(not each.lacks for each in seen) else seen[0].lacks

    @property
    def no_trace(self) -> str:
        """Why there is no trace, where there is none."""
        if self.traces:
            return ""
        failed = [each for each in self.outcomes if _is_traced(each)]
        if not failed:
            return "no check traced the server"
        return f"check {check_of(failed[-1])}: {failed[-1].status} {failed[-1].reason}".rstrip()

    @property
    def growths(self) -> tuple[Growth, ...]:
        return tuple(
            Growth(check_of(each), each.record.asked.idle + each.record.asked.active, *usages)
            for each in self.sound
            if (usages := _ends_of(each.record.usage))
        )


def evidence_of(
    outcomes: Iterable[Outcome], submission: str, waits: tuple[str, ...], serves: tuple[str, ...]
) -> Evidence:
    """From the trials of one lab. Of a trial that was run again only the last record is given."""
    own = tuple(each for each in outcomes if server_of(each.cell) == submission)
    return Evidence(own, waits, serves)


def _is_traced(outcome: Outcome) -> bool:
    kind = KINDS.get(outcome.record.asked.measure)
    return kind is not None and "tracer" in kind.tools


def check_of(outcome: Outcome) -> str:
    """The id of the check that a trial belongs to."""
    return outcome.cell.experiment


def _ends_of(usage: Sequence[Usage] | None) -> tuple[Usage, Usage] | None:
    return (usage[0], usage[-1]) if usage else None


def several(texts: Sequence[str], most: int = 3) -> str:
    """A few of them, and how many more there are."""
    shown = "; ".join(texts[:most])
    more = len(texts) - most
    return f"{shown}; and {more} more" if more > 0 else shown
