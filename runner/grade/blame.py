"""Whose doing it is that an expectation did not pass: the submission's, the reference's, the lab's.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from runner.judge import Check
from runner.judge.cause import CutShort, NotMeasured, NotReached, TooFewRepeats
from runner.judge.verdict import FACTS
from runner.records.outcome import Outcome, Status
from runner.spec import METRICS, REFERENCE, SUBMISSION, Cell, Expectation, FindingExpectation


def server_of(cell: Cell) -> str:
    """Whose server it is, in whatever form: `submission/timed` is the submission's."""
    return str(cell.get("lab")).partition("/")[0]


def blamed(check: Check, records: Sequence[Outcome]) -> str:
    """Whose failure it is: that of the server whose trial failed. Where all trials went well, what
    was measured missed its bound: then it is the submission's, unless it is of the reference
    alone."""
    failures = [record.cell for record in records if record.status is Status.FAIL]
    failed = {server_of(cell) for cell in failures if cell in check.sides}
    if failed:
        return SUBMISSION if failed != {REFERENCE} else REFERENCE
    alone = all(server_of(side) == REFERENCE for side in check.sides)
    return REFERENCE if alone else SUBMISSION


def demands(check: Check, records: Sequence[Outcome], excused: Collection[Cell]) -> bool:
    """Whether the submission skipped its trial for want of what the assignment does not need."""
    return any(
        record.status is Status.SKIP
        and record.cell in check.sides
        and server_of(record.cell) == SUBMISSION
        and record.cell not in excused
        for record in records
    )


def without_repeats(check: Check) -> bool:
    """Whether it is undecided because repeats are missing, and not because of what was measured."""
    cause = check.cause
    return isinstance(cause, NotReached | CutShort) or (
        isinstance(cause, TooFewRepeats) and cause.lost is not None
    )


def left_undone(expectation: Expectation, check: Check, records: Sequence[Outcome]) -> str:
    """The fact that has no value because the submission did nothing that has one: its trials went
    well, and a server that is never refused a descriptor, say, has no `refused_fd`. Empty where the
    lab may be the cause: a disturbed trial, an estimate, a probe that reports nothing, or a fact
    that the reference of the same check does not have either."""
    cause = check.cause
    if not isinstance(cause, NotMeasured) or isinstance(expectation, FindingExpectation):
        return ""
    sound = [record for record in records if record.status is Status.OK]
    own = [r for r in sound if r.cell in check.sides and server_of(r.cell) == SUBMISSION]
    model = [record for record in sound if server_of(record.cell) == REFERENCE]
    lacking = own and not any(cause.name in record.metrics for record in own)
    possible = not model or any(cause.name in record.metrics for record in model)
    return cause.name if cause.name in FACTS and lacking and possible else ""


def undone(name: str) -> str:
    """`left_undone` as a student reads it."""
    return (
        f"{name} has no value ({METRICS[name].meaning}): the trial went well, but the submission "
        "did nothing that could be measured so"
    )
