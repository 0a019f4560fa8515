"""From verdicts to points. Pure.

    PASS, INCONCLUSIVE      all points: noise never costs any
    FAIL                    none, if it is the submission's
    SKIP, INVALID, ERROR    not gradable, and neither is the grade: that is no 0

Undecided for want of repeats that are INVALID or ERROR is not gradable either: otherwise a machine
that is busy enough would give away points.

A reference that fails is the lab's error, so what depends on it is not gradable either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from runner.grade import blame
from runner.grade.examples import examples
from runner.grade.proof.points import proof_points
from runner.grade.record import CheckGrade, Expected, ProofRow, State
from runner.judge import Check as CellCheck
from runner.judge import Decision, Verdict
from runner.records.outcome import Outcome, Status
from runner.spec import (
    SUBMISSION,
    Cell,
    Check,
    Expectation,
    MetricExpectation,
    RatioExpectation,
)
from runner.words.format import bound, sentence
from runner.words.verdict import measured, observed, reason, why

LINES_MAX, LINE_MAX, TEXT_MAX = 30, 200, 3_000
"""Of a reason: what a compiler says of one mistake is shorter, and of a hundred it is longer."""
_WORST_FIRST = (State.UNGRADABLE, State.FAIL, State.INCONCLUSIVE, State.PASS)
_OPEN = (Decision.SKIP, Decision.INVALID, Decision.ERROR)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured for a check: its verdicts, and of each of its trials the record that
    counts. `excused` are cells that the machine could not run; what else was skipped the submission
    demanded, though the assignment does not."""

    verdicts: Sequence[Verdict]
    records: Sequence[Outcome]
    excused: Collection[Cell] = ()


def scored(check: Check, found: Measured, seconds: float) -> CheckGrade:
    """The grade of a check that was run."""
    expected = tuple(_expected(verdict, found) for verdict in found.verdicts)
    states = [each.state for each in expected] or [State.PASS] * bool(check.proof)
    troubles = _beside(found)
    states += [State.FAIL for _ in troubles]
    reasons = [line for verdict in found.verdicts for line in _reasons(verdict, found)]
    reasons += [
        line
        for verdict, each in zip(found.verdicts, expected, strict=True)
        if each.state is State.FAIL
        for line in examples(verdict.expectation, found.records)
    ]
    reasons += [f"{record.cell.name}: {record.reason}" for record in troubles]
    return _graded(
        check,
        min(states, key=_WORST_FIRST.index, default=State.UNGRADABLE),
        earned=sum(each.earned for each in expected),
        reason=bounded("\n".join(dict.fromkeys(reasons))),
        expected=expected,
        seconds=seconds,
        trials=tuple(record.trial for record in found.records),
    )


def with_proof(
    check: Check, grade: CheckGrade, rows: Sequence[ProofRow], records: Sequence[Outcome]
) -> CheckGrade:
    """With the points of its claims, as far as the proof has come. Where no system call was
    recorded because the submission failed, it has failed its claims as well."""
    if not check.proof or grade.state in (State.WAITING, State.NEEDS):
        return grade
    traced = any(record.record.trace is not None for record in records)
    lines = proof_points(rows, check.proof, traced=traced)
    if not traced and grade.state is State.FAIL:
        lines = tuple(replace(e, state=State.FAIL, earned=0.0, seen=grade.reason) for e in lines)
    own = traced or grade.state is not State.FAIL
    claims = [_claimed(each) for each in lines if own and each.state is not State.PASS]
    reasons = [*([grade.reason] if grade.reason else []), *claims]
    return replace(
        grade,
        state=min(grade.state, *(each.state for each in lines), key=_WORST_FIRST.index),
        earned=grade.earned + sum(each.earned for each in lines),
        expected=(*grade.expected, *lines),
        reason=bounded("\n".join(reasons)),
    )


def _claimed(claim: Expected) -> str:
    """A claim that is not proven, in a line."""
    undecided = claim.state is State.INCONCLUSIVE
    return f"{claim.expected}: {'counted as passed: ' if undecided else ''}{claim.seen}"


def waiting(check: Check) -> CheckGrade:
    """A check that was not run yet."""
    return _graded(check, State.WAITING)


def not_run(check: Check, unmet: Sequence[str]) -> CheckGrade:
    """A check that is not run, because checks that it needs did not pass."""
    names = ", ".join(unmet)
    return _graded(check, State.NEEDS, unmet=tuple(unmet), reason=f"not run: it needs {names}")


def ungradable(check: Check, reason: str) -> CheckGrade:
    """A check that could not be run at all."""
    return _graded(check, State.UNGRADABLE, reason=bounded(reason))


def unmet(check: Check, grades: Iterable[CheckGrade]) -> tuple[str, ...]:
    """The checks that it needs and that did not pass. What could not be graded did not fail."""
    failed = {each.id for each in grades if each.state in (State.FAIL, State.NEEDS)}
    return tuple(needed for needed in check.needs if needed in failed)


@dataclass(frozen=True, slots=True)
class Sum:
    """Of all checks. Points of a bonus are apart."""

    points: float
    earned: float
    bonus: float
    complete: bool
    gradable: bool


def total(grades: Collection[CheckGrade]) -> Sum:
    states = {each.state for each in grades}
    return Sum(
        points=sum(each.points for each in grades if not each.bonus),
        earned=sum(each.earned for each in grades if not each.bonus),
        bonus=sum(each.earned for each in grades if each.bonus),
        complete=State.WAITING not in states,
        gradable=State.UNGRADABLE not in states,
    )


def bounded(text: str) -> str:
    """As much as a reader needs: text of a compiler or a server may be long."""
    lines = text.strip().splitlines()
    kept = [line if len(line) <= LINE_MAX else f"{line[: LINE_MAX - 1]}…" for line in lines]
    if len(lines) > LINES_MAX:
        kept = [*kept[:LINES_MAX], f"and {len(lines) - LINES_MAX} more lines"]
    joined = "\n".join(kept)
    return joined if len(joined) <= TEXT_MAX else f"{joined[: TEXT_MAX - 1]}…"


def _graded(
    check: Check,
    state: State,
    *,
    earned: float = 0.0,
    reason: str = "",
    unmet: tuple[str, ...] = (),
    expected: tuple[Expected, ...] = (),
    seconds: float = 0.0,
    trials: tuple[str, ...] = (),
) -> CheckGrade:
    return CheckGrade(
        id=check.id,
        title=check.title,
        state=state,
        points=check.points,
        earned=earned,
        hidden=check.hidden,
        bonus=check.bonus,
        needs=check.needs,
        unmet=unmet,
        hint=check.hint or "",
        reason=reason,
        expected=expected,
        seconds=seconds,
        trials=trials,
    )


def _expected(verdict: Verdict, found: Measured) -> Expected:
    state = _state(verdict, found)
    expectation, deciding = verdict.expectation, verdict.deciding
    words = f"{_named(expectation)} {bound(expectation)}"
    interval = deciding.interval if deciding is not None else None
    ratio = None
    if isinstance(expectation, RatioExpectation) and interval is not None:
        low, high = interval.low, interval.high
        ratio = None if low is None or high is None else (interval.estimate, low, high)
    has_data = deciding is not None and (deciding.values or interval is not None)
    seen = measured(verdict) if has_data else bounded(reason(verdict))
    earns = state in (State.PASS, State.INCONCLUSIVE)
    return Expected(
        expected=f"{expectation.title} ({words})" if expectation.title else words,
        seen=seen,
        state=state,
        points=expectation.points,
        earned=expectation.points if earns else 0.0,
        ratio=ratio,
    )


def _named(expectation: Expectation) -> str:
    """What is expected something of. It is the submission's unless something else is said."""
    if isinstance(expectation, MetricExpectation) and not expectation.of.pins():
        return expectation.metric
    return sentence(expectation)


def _state(verdict: Verdict, found: Measured) -> State:
    """Of the checks of an expectation against single cells one failure of the submission is enough:
    what became of other cells cannot change it."""
    states = [_of_cells(verdict.expectation, check, found) for check in verdict.checks]
    if State.FAIL in states:
        return State.FAIL
    return min(states, key=_WORST_FIRST.index, default=State.UNGRADABLE)


def _of_cells(expectation: Expectation, check: CellCheck, found: Measured) -> State:
    """An expectation held against one cell, or against two."""
    if check.outcome is Decision.FAIL:
        own = blame.blamed(check, found.records) == SUBMISSION
        return State.FAIL if own else State.UNGRADABLE
    if check.outcome is Decision.SKIP and blame.demands(check, found.records, found.excused):
        return State.FAIL
    if blame.left_undone(expectation, check, found.records):
        return State.FAIL
    if check.outcome in _OPEN or blame.without_repeats(check):
        return State.UNGRADABLE
    return State(check.outcome)


def _beside(found: Measured) -> list[Outcome]:
    """Trials in which the submission failed, of cells that no expectation covers: one a cell."""
    covered = {side for each in found.verdicts for check in each.checks for side in check.sides}
    failed = [record for record in found.records if record.status is Status.FAIL]
    own = {record.cell: record for record in failed if blame.server_of(record.cell) == SUBMISSION}
    return [record for cell, record in own.items() if cell not in covered]


def _reasons(verdict: Verdict, found: Measured) -> Iterable[str]:
    """Why it did not pass, a line for each cell."""
    for check in verdict.checks:
        state = _of_cells(verdict.expectation, check, found)
        if state is State.PASS:
            continue
        said = why(check) or f"{_named(verdict.expectation)} is {observed(verdict, check)}"
        before = ""
        if state is State.INCONCLUSIVE:
            before = "undecided, and counted as passed: "
        elif check.outcome is Decision.FAIL and state is State.UNGRADABLE:
            before = "the reference failed, which is no fault of the submission: "
        elif check.outcome is Decision.SKIP and state is State.FAIL:
            before = "the assignment does not need this: "
        elif name := blame.left_undone(verdict.expectation, check, found.records):
            said = blame.undone(name)
        several = len(verdict.checks) > 1
        yield f"{check.cell.name}: {before}{said}" if several else f"{before}{said}"
