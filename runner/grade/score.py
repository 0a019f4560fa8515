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
class CheckResults:
    """The verdicts of a check, and of each of its trials the record that counts. `excused` are the
    cells that this machine cannot run; another cell that was skipped has asked for something that
    the assignment does not need."""

    verdicts: Sequence[Verdict]
    records: Sequence[Outcome]
    excused: Collection[Cell] = ()


def scored(check: Check, results: CheckResults, seconds: float) -> CheckGrade:
    """The grade of a check that was run."""
    expected = tuple(_expected(verdict, results) for verdict in results.verdicts)
    states = [each.state for each in expected] or [State.PASS] * bool(check.proof)
    failures = _uncovered_failures(results)
    states += [State.FAIL for _ in failures]
    reasons = [line for verdict in results.verdicts for line in _reasons(verdict, results)]
    reasons += [
        line
        for verdict, each in zip(results.verdicts, expected, strict=True)
        if each.state is State.FAIL
        for line in examples(verdict.expectation, results.records)
    ]
    reasons += [f"{record.cell.name}: {record.reason}" for record in failures]
    return _graded(
        check,
        min(states, key=_WORST_FIRST.index, default=State.UNGRADABLE),
        earned=sum(each.earned for each in expected),
        reason=bounded("\n".join(dict.fromkeys(reasons))),
        expected=expected,
        seconds=seconds,
        trials=tuple(record.trial for record in results.records),
    )


def with_proof(
    check: Check, grade: CheckGrade, rows: Sequence[ProofRow], records: Sequence[Outcome]
) -> CheckGrade:
    """Adds the points of its claims, as far as the proof has come. Where no system call was
    recorded because the submission failed, it has failed its claims as well."""
    if not check.proof or grade.state in (State.WAITING, State.NEEDS):
        return grade
    traced = any(record.record.trace is not None for record in records)
    lines = proof_points(rows, check.proof, traced=traced)
    if not traced and grade.state is State.FAIL:
        lines = tuple(replace(e, state=State.FAIL, earned=0.0, seen=grade.reason) for e in lines)
    own = traced or grade.state is not State.FAIL
    claims = [_unproven(each) for each in lines if own and each.state is not State.PASS]
    reasons = [*([grade.reason] if grade.reason else []), *claims]
    return replace(
        grade,
        state=min(grade.state, *(each.state for each in lines), key=_WORST_FIRST.index),
        earned=grade.earned + sum(each.earned for each in lines),
        expected=(*grade.expected, *lines),
        reason=bounded("\n".join(reasons)),
    )


def _unproven(claim: Expected) -> str:
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
class Total:
    """The sums over all checks. Bonus points are counted apart."""

    points: float
    earned: float
    bonus: float
    complete: bool
    gradable: bool


def total(grades: Collection[CheckGrade]) -> Total:
    states = {each.state for each in grades}
    return Total(
        points=sum(each.points for each in grades if not each.bonus),
        earned=sum(each.earned for each in grades if not each.bonus),
        bonus=sum(each.earned for each in grades if each.bonus),
        complete=State.WAITING not in states,
        gradable=State.UNGRADABLE not in states,
    )


def bounded(text: str) -> str:
    """The beginning of a text, as long as a reader needs it: a compiler may print much."""
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


def _expected(verdict: Verdict, results: CheckResults) -> Expected:
    state = _state_of_verdict(verdict, results)
    expectation, deciding = verdict.expectation, verdict.deciding
    words = f"{_subject(expectation)} {bound(expectation)}"
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


def _subject(expectation: Expectation) -> str:
    """The left side of the expectation: a metric without a cell is the submission's."""
    if isinstance(expectation, MetricExpectation) and not expectation.of.pins():
        return expectation.metric
    return sentence(expectation)


def _state_of_verdict(verdict: Verdict, results: CheckResults) -> State:
    """One failure of the submission in one cell is enough: other cells cannot change it."""
    states = [_state_of_check(verdict.expectation, check, results) for check in verdict.checks]
    if State.FAIL in states:
        return State.FAIL
    return min(states, key=_WORST_FIRST.index, default=State.UNGRADABLE)


def _state_of_check(expectation: Expectation, check: CellCheck, results: CheckResults) -> State:
    """An expectation held against one cell, or against two."""
    if blame.disturbs(check, results.records) is not None:
        return State.FAIL
    if check.outcome is Decision.FAIL:
        own = blame.server_at_fault(check, results.records) == SUBMISSION
        return State.FAIL if own else State.UNGRADABLE
    skipped = check.outcome is Decision.SKIP
    if skipped and blame.needs_too_much(check, results.records, results.excused):
        return State.FAIL
    if blame.missing_fact(expectation, check, results.records):
        return State.FAIL
    if check.outcome in _OPEN or blame.lacks_repeats(check):
        return State.UNGRADABLE
    return State(check.outcome)


def _uncovered_failures(results: CheckResults) -> list[Outcome]:
    """Trials in which the submission failed, one a cell, of cells that no expectation covers."""
    covered = {side for each in results.verdicts for check in each.checks for side in check.sides}
    failed = [record for record in results.records if record.status is Status.FAIL]
    own = {record.cell: record for record in failed if blame.server_of(record.cell) == SUBMISSION}
    return [record for cell, record in own.items() if cell not in covered]


def _reasons(verdict: Verdict, results: CheckResults) -> Iterable[str]:
    """Why it did not pass, a line for each cell."""
    for check in verdict.checks:
        state = _state_of_check(verdict.expectation, check, results)
        if state is State.PASS:
            continue
        said = why(check) or f"{_subject(verdict.expectation)} is {observed(verdict, check)}"
        before = ""
        if (cpus := blame.disturbs(check, results.records)) is not None:
            said = blame.why_disturbs(cpus)
        elif state is State.INCONCLUSIVE:
            before = "undecided, and counted as passed: "
        elif check.outcome is Decision.FAIL and state is State.UNGRADABLE:
            before = "the reference failed, which is no fault of the submission: "
        elif check.outcome is Decision.SKIP and state is State.FAIL:
            before = "the assignment does not need this: "
        elif name := blame.missing_fact(verdict.expectation, check, results.records):
            said = blame.why_missing(name)
        several = len(verdict.checks) > 1
        yield f"{check.cell.name}: {before}{said}" if several else f"{before}{said}"
