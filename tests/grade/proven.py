"""Records of trials, written by hand, from which claims are proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.grade.proof import prove
from runner.grade.record import ProofRow
from runner.records.asked import Asked
from runner.records.observed import Classified, Ends, Sighting, Waiting
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Granted, Traced, TrialRecord
from runner.records.usage import Usage
from runner.spec import Cell

HELD = 48
SELECTS = Classified(
    model="select",
    notification_means="readiness",
    blocks_in="select",
    copied_by="application",
    notified_by="return",
    concurrency="one thread",
    nonblocking="yes",
    multiplexers=("select",),
)
DENIED = ("poll_many", "epoll_many", "io_uring_setup", "io_setup", "sigio")


def cell(check: str, **values: int | str) -> Cell:
    return Cell(check, tuple({"lab": "submission", **values}.items()), ())


def traced(found: Classified, idle_cpu: float = 0.01) -> Outcome:
    record = TrialRecord(asked=Asked(measure="trace"), trace=Traced(classification=found))
    return Outcome("model#1", cell("model"), 0, Status.OK, "", {"idle_cpu": idle_cpu}, record)


def looked(kind: str, moment: str = "measured", **more: object) -> Sighting:
    base = Sighting(
        moment,
        connections=HELD,
        processes=1,
        threads=1,
        samples=8,
        waiting=(waiting(kind),),
        ends=Ends(HELD, HELD),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def waiting(
    kind: str, threads: int = 1, *, serves: bool | None = True, ran: float = 0.0
) -> Waiting:
    return Waiting(kind, threads, kind, "64 descriptors", 4711, 64, serves, ran)


def usage(threads: int, processes: int = 1) -> Usage:
    return Usage(0, 0, 0, 0, 0, processes, threads, 0, 0)


def loaded(
    *seen: Sighting,
    threads: tuple[int, int] = (1, 1),
    processes: tuple[int, int] = (1, 1),
    denied: Sequence[str] | None = None,
) -> Outcome:
    record = TrialRecord(
        asked=Asked(measure="load", idle=40, active=8),
        granted=Granted(denied=None if denied is None else tuple(denied)),
        usage=tuple(map(usage, threads, processes)),
        sightings=seen or None,
    )
    return Outcome("speed#1", cell("speed"), 0, Status.OK, "", {}, record)


def row(claim: str, *outcomes: Outcome, model: str = "select") -> ProofRow:
    rows = prove(model, outcomes, "submission")
    return next(each for each in rows if each.claim == claim)
