"""Points: noise never costs any, the lab's own failures are no 0, the submission's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runner import judge
from runner.grade import score
from runner.grade.record import CheckGrade, ProofRow, State
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Traced, TrialRecord
from runner.spec import Assignment, Cell, Check, load_assignment

TEXT = """\
version: 1
assignment: {title: {en: t}, model: select, languages: [c], expected: 5s}
defaults: {repeat: 4, max_repeat: 4}
experiments:
  - id: echo
    title: t
    server: {lab: submission}
    expect:
      - {metric: errors, of: {}, at_most: 0, points: 20}
      - {metric: processes, of: {}, equals: 1, points: 5}
  - id: speed
    title: t
    server: {lab: [submission, reference]}
    needs: [echo]
    expect:
      - {ratio: rate, of: {lab: submission}, to: {lab: reference}, at_least: 0.5, points: 30}
      - {metric: errors, of: {}, at_most: 0, points: 1}
  - id: more
    title: t
    server: {lab: submission}
    needs: [speed]
    bonus: true
    expect: [{metric: errors, of: {}, at_most: 0, points: 7}]
"""
GOOD = {"errors": 0.0, "processes": 1.0, "rate": 1000.0}


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    path = tmp_path / "grade.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return load_assignment(path)


def check(assignment: Assignment, name: str) -> Check:
    return next(each for each in assignment.experiments if each.id == name)


def trial(
    cell: Cell, block: int, status: Status = Status.OK, reason: str = "", **metrics: float
) -> Outcome:
    values = {**GOOD, **metrics} if status in (Status.OK, Status.INVALID) else {}
    return Outcome(
        f"{cell.experiment}/{cell.name}#{block + 1}", cell, block, status, reason, values
    )


def graded(
    assignment: Assignment, name: str, records: Sequence[Outcome], excused: Sequence[Cell] = ()
) -> CheckGrade:
    cells = [cell for each in assignment.experiments for cell in each.cells()]
    verdicts = judge.verdicts(assignment, records, cells)
    own = [each for each in verdicts if each.experiment == name]
    return score.scored(check(assignment, name), score.CheckResults(own, records, excused), 1.5)


def echo(assignment: Assignment, status: Status, reason: str = "", **metrics: float) -> CheckGrade:
    (cell,) = check(assignment, "echo").cells()
    return graded(assignment, "echo", [trial(cell, n, status, reason, **metrics) for n in range(4)])


def speed(
    assignment: Assignment,
    rates: Sequence[float],
    own: Status = Status.OK,
    other: Status = Status.OK,
    reason: str = "",
) -> CheckGrade:
    submission, reference = check(assignment, "speed").cells()
    records = []
    for block, rate in enumerate(rates):
        records.append(trial(submission, block, own, reason, rate=rate))
        records.append(trial(reference, block, other, reason))
    return graded(assignment, "speed", records)


def test_what_passes_earns_all_of_its_points(assignment: Assignment) -> None:
    found = echo(assignment, Status.OK)
    assert (found.state, found.earned, found.points, found.reason) == (State.PASS, 25, 25, "")
    assert [(each.expected, each.seen) for each in found.expected] == [
        ("errors ≤ 0", "0"),
        ("processes = 1", "1"),
    ]
    assert found.trials == tuple(f"echo/lab=submission language=c#{n}" for n in (1, 2, 3, 4))
    assert found.seconds == 1.5


def test_a_part_that_fails_costs_that_part(assignment: Assignment) -> None:
    found = echo(assignment, Status.OK, processes=3)
    assert (found.state, found.earned, found.points) == (State.FAIL, 20, 25)
    assert found.reason == "processes is 3"


def test_a_server_that_fails_earns_nothing_and_reads_why(assignment: Assignment) -> None:
    found = echo(assignment, Status.FAIL, "the server died: signal 11")
    assert (found.state, found.earned) == (State.FAIL, 0)
    assert found.reason == "the server died: signal 11"
    assert {each.seen for each in found.expected} == {"the server died: signal 11"}


def test_a_slow_server_fails_by_the_interval_of_a_ratio(assignment: Assignment) -> None:
    found = speed(assignment, [200, 201, 199, 200])
    assert (found.state, found.earned) == (State.FAIL, 1)
    (rate, _) = found.expected
    assert (rate.state, rate.points, rate.earned) == (State.FAIL, 30, 0)
    assert rate.ratio is not None
    assert rate.ratio[1] < rate.ratio[0] < rate.ratio[2] < 0.5
    assert rate.seen.startswith("×0.2 [×")


def test_noise_costs_no_points_and_is_named(assignment: Assignment) -> None:
    found = speed(assignment, [300, 900, 450, 700])
    assert (found.state, found.earned) == (State.INCONCLUSIVE, 31)
    assert found.reason.startswith("undecided, and counted as passed: the interval straddles")


@pytest.mark.parametrize("status", [Status.ERROR, Status.INVALID])
def test_what_the_lab_could_not_measure_is_no_0(assignment: Assignment, status: Status) -> None:
    found = speed(assignment, [0, 0, 0, 0], own=status, reason="the daemon went away")
    assert (found.state, found.earned) == (State.UNGRADABLE, 0)
    assert "the daemon went away" in found.reason
    total = score.total([found])
    assert (total.complete, total.gradable) == (True, False)


def test_a_busy_machine_gives_no_points_away(assignment: Assignment) -> None:
    """One sound repeat of four decides nothing, and the other three say nothing of the server."""
    submission, reference = check(assignment, "speed").cells()
    records = [trial(reference, block) for block in range(4)]
    records += [trial(submission, 0, rate=200)]
    records += [trial(submission, n, Status.INVALID, "other programs") for n in (1, 2, 3)]
    found = graded(assignment, "speed", records)
    assert found.state is State.UNGRADABLE
    assert "too few sound repeats: 1" in found.reason


def test_a_reference_that_fails_is_not_the_submissions_fault(assignment: Assignment) -> None:
    found = speed(assignment, [1000] * 4, other=Status.FAIL, reason="no server.c")
    assert found.state is State.UNGRADABLE
    assert "the reference failed, which is no fault of the submission: no server.c" in found.reason


def test_a_submission_that_fails_beside_a_broken_reference_has_failed(
    assignment: Assignment,
) -> None:
    found = speed(assignment, [1000] * 4, own=Status.FAIL, other=Status.FAIL, reason="died")
    assert (found.state, found.earned) == (State.FAIL, 0)


def test_a_reference_that_misses_a_bound_alone_is_the_labs_error(assignment: Assignment) -> None:
    submission, reference = check(assignment, "speed").cells()
    records = [trial(submission, block) for block in range(4)]
    records += [trial(reference, block, errors=3) for block in range(4)]
    found = graded(assignment, "speed", records)
    assert found.state is State.UNGRADABLE
    assert [each.state for each in found.expected] == [State.PASS, State.UNGRADABLE]


def test_a_capability_that_the_machine_lacks_is_excused(assignment: Assignment) -> None:
    (cell,) = check(assignment, "echo").cells()
    records = [trial(cell, 0, Status.SKIP, "io_uring; a newer kernel")]
    found = graded(assignment, "echo", records, [cell])
    assert (found.state, found.earned) == (State.UNGRADABLE, 0)


def test_a_capability_that_only_the_submission_wants_is_its_fault(assignment: Assignment) -> None:
    (cell,) = check(assignment, "echo").cells()
    found = graded(assignment, "echo", [trial(cell, 0, Status.SKIP, "io_uring; a newer kernel")])
    assert (found.state, found.earned) == (State.FAIL, 0)
    assert found.reason == "the assignment does not need this: io_uring; a newer kernel"


def test_what_a_check_needs_must_not_have_failed(assignment: Assignment) -> None:
    speedy, more = check(assignment, "speed"), check(assignment, "more")
    failed = echo(assignment, Status.FAIL)
    assert score.unmet(speedy, [failed]) == ("echo",)
    left = score.not_run(speedy, ("echo",))
    assert (left.state, left.earned, left.points) == (State.NEEDS, 0, 31)
    assert left.reason == "not run: it needs echo"
    assert score.unmet(more, [failed, left]) == ("speed",), "nor those that need it"
    assert score.unmet(speedy, [echo(assignment, Status.OK)]) == ()
    assert score.unmet(speedy, [echo(assignment, Status.ERROR)]) == (), "that is not its fault"


ROWS = (
    ProofRow("waits in", "select", (), "PROVEN"),
    ProofRow("serves", "one thread", (), "CONTRADICTED", "traced: two threads: thread 7 reads"),
    ProofRow("watches", "edge", (), "NOT PROVEN", "only traced agrees"),
)


def proven(
    assignment: Assignment, status: Status, rows: Sequence[ProofRow] = ROWS, reason: str = ""
) -> CheckGrade:
    """Of the check `echo` if it had points for three claims, in a trace that ended so."""
    points = {"waits in": 10, "serves": 5, "watches": 3}
    own = check(assignment, "echo").model_copy(update={"proof": points})
    (cell,) = own.cells()
    traced = TrialRecord(trace=Traced() if status is Status.OK else None)
    records = [replace(trial(cell, n, status, reason), record=traced) for n in range(4)]
    verdicts = judge.verdicts(assignment, records, [cell])
    base = score.scored(own, score.CheckResults(verdicts, records), 0.0)
    return score.with_proof(own, base, rows, records)


def test_a_contradicted_claim_costs_its_points_and_an_unproven_one_none(
    assignment: Assignment,
) -> None:
    found = proven(assignment, Status.OK)
    assert (found.state, found.earned, found.points) == (State.FAIL, 25 + 10 + 3, 25 + 18)
    assert [each.state for each in found.expected[2:]] == [
        State.PASS, State.FAIL, State.INCONCLUSIVE
    ]  # fmt: skip
    assert found.reason.splitlines() == [
        "serves: one thread: CONTRADICTED: traced: two threads: thread 7 reads",
        "watches: edge: counted as passed: NOT PROVEN: only traced agrees",
    ]


def test_a_server_of_another_model_loses_all_claims(assignment: Assignment) -> None:
    other = (ProofRow("waits in", "select", (), "CONTRADICTED", "untraced: poll"), *ROWS[1:])
    assert proven(assignment, Status.OK, other).earned == 25


def test_a_server_that_fails_its_trace_has_failed_its_claims(assignment: Assignment) -> None:
    found = proven(assignment, Status.FAIL, reason="the server died: signal 11")
    assert (found.state, found.earned) == (State.FAIL, 0)
    assert found.reason == "the server died: signal 11"


def test_a_lab_that_cannot_trace_takes_no_points(assignment: Assignment) -> None:
    unknown = tuple(replace(row, ruling="NOT PROVEN") for row in ROWS)
    found = proven(assignment, Status.ERROR, unknown, "no tracer")
    assert (found.state, found.earned) == (State.UNGRADABLE, 0)


def test_a_bonus_is_counted_apart(assignment: Assignment) -> None:
    more = check(assignment, "more")
    (cell,) = more.cells()
    extra = graded(assignment, "more", [trial(cell, block) for block in range(4)])
    total = score.total([echo(assignment, Status.OK), extra, score.waiting(more)])
    assert (total.points, total.earned, total.bonus, total.complete) == (25, 25, 7, False)


def test_a_compiler_that_says_much_is_cut_short() -> None:
    text = score.bounded("\n".join(f"server.c:{n}: error: {'x' * 500}" for n in range(200)))
    lines = text.splitlines()
    assert len(text) <= score.TEXT_MAX
    assert all(len(line) <= score.LINE_MAX for line in lines)
    short = score.bounded("\n".join(map(str, range(50))))
    assert short.splitlines()[-1] == "and 20 more lines"
