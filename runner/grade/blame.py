"""The cause of an expectation that did not pass: the submission, the reference or the lab. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median_low

from runner.judge import Check
from runner.judge.cause import CutShort, NotMeasured, NotReached, TooFewRepeats
from runner.judge.verdict import FACTS
from runner.records.outcome import Outcome, Status
from runner.spec import METRICS, REFERENCE, SUBMISSION, Cell, Expectation, FindingExpectation

RESTS = 0.1
"""CPUs: a server without work uses less, with threads that wake now and then too."""


def server_of(cell: Cell) -> str:
    """The lab of a cell without the form of its model: `submission` for `submission/timed`."""
    return str(cell.get("lab")).partition("/")[0]


def server_at_fault(check: Check, records: Sequence[Outcome]) -> str:
    """The server whose trial failed. Where all trials went well, the metric missed its bound: then
    it is the submission, unless the check is about the reference alone."""
    failures = [record.cell for record in records if record.status is Status.FAIL]
    failed = {server_of(cell) for cell in failures if cell in check.sides}
    if failed:
        return SUBMISSION if failed != {REFERENCE} else REFERENCE
    alone = all(server_of(side) == REFERENCE for side in check.sides)
    return REFERENCE if alone else SUBMISSION


def needs_too_much(check: Check, records: Sequence[Outcome], excused: Collection[Cell]) -> bool:
    """Whether the submission skipped its trial for a need that the assignment does not have."""
    return any(
        record.status is Status.SKIP
        and record.cell in check.sides
        and server_of(record.cell) == SUBMISSION
        and record.cell not in excused
        for record in records
    )


def disturbs(check: Check, records: Sequence[Outcome]) -> float | None:
    """How many CPUs the submission used while all its clients were silent, where it is compared
    with the reference and did so in most of its trials: what its processes do then takes CPU time,
    caches and interrupts from the reference. None where it rested, or the reference does not."""
    if {server_of(side) for side in check.sides} != {SUBMISSION, REFERENCE}:
        return None
    used = {
        name: [
            cpus
            for record in records
            if record.cell in check.sides and server_of(record.cell) == name
            if (cpus := _used_in_silence(record)) is not None
        ]
        for name in (SUBMISSION, REFERENCE)
    }
    own, model = used[SUBMISSION], used[REFERENCE]
    if not own or median_low(own) < RESTS or (model and median_low(model) >= RESTS):
        return None
    return median_low(own)


def _used_in_silence(record: Outcome) -> float | None:
    """At the quieter one of the moments before and after the window, of all threads together."""
    moments = [
        sum(each.ran for each in sighting.waiting)
        for sighting in record.record.sightings or ()
        if sighting.moment in ("connected", "measured") and not sighting.lacks
    ]
    return min(moments, default=None)


def why_disturbs(cpus: float) -> str:
    """`disturbs` as a student reads it."""
    return (
        f"before and after the window, while all its clients were silent, the submission used "
        f"{cpus:.0%} of a CPU: it disturbs the server that it is compared with"
    )


def lacks_repeats(check: Check) -> bool:
    """Whether the check is undecided because repeats are missing, and not because of its values."""
    cause = check.cause
    return isinstance(cause, NotReached | CutShort) or (
        isinstance(cause, TooFewRepeats) and cause.lost is not None
    )


def missing_fact(expectation: Expectation, check: Check, records: Sequence[Outcome]) -> str:
    """The name of a fact that has no value because of the submission: its trials went well, and a
    server that is never refused a descriptor, for example, has no `refused_fd`. Empty where the lab
    may be the cause: a disturbed trial, an estimate, a probe that reports nothing, or a
    fact that the reference of the same check does not have either."""
    cause = check.cause
    if not isinstance(cause, NotMeasured) or isinstance(expectation, FindingExpectation):
        return ""
    sound = [record for record in records if record.status is Status.OK]
    own = [r for r in sound if r.cell in check.sides and server_of(r.cell) == SUBMISSION]
    model = [record for record in sound if server_of(record.cell) == REFERENCE]
    lacking = own and not any(cause.name in record.metrics for record in own)
    possible = not model or any(cause.name in record.metrics for record in model)
    return cause.name if cause.name in FACTS and lacking and possible else ""


def why_missing(name: str) -> str:
    """`missing_fact` as a student reads it."""
    return (
        f"{name} has no value ({METRICS[name].meaning}): the trial went well, but the submission "
        "did nothing that could be measured so"
    )
