"""Whose doing it is that a fact has no value: the submission's, or the lab's."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.grade import score
from runner.grade.record import CheckGrade, State
from runner.records.outcome import Status
from runner.spec import Assignment, load_assignment
from tests.grade.test_score import TEXT, check, graded, trial

CEILING = """\
  - id: ceiling
    title: t
    measure: ceiling
    server: {lab: [submission, reference]}
    fleet: {connections: 200}
    expect:
      - {metric: refused_fd, of: {lab: submission}, at_least: 60, points: 9}
      - {ratio: refused_fd, of: {lab: submission}, to: {lab: reference}, at_least: 0.5, points: 4}
      - {metric: refused_fd, of: {lab: reference}, at_least: 60, points: 2}
"""


@pytest.fixture
def limited(tmp_path: Path) -> Assignment:
    path = tmp_path / "limited.yaml"
    path.write_text(TEXT + CEILING, encoding="utf-8")
    return load_assignment(path)


def refused(
    limited: Assignment, own: int | None, other: int | None, status: Status = Status.OK
) -> CheckGrade:
    """With the first refused descriptors of submission and reference; None was never refused."""
    submission, reference = check(limited, "ceiling").cells()
    records = []
    for block in range(4):
        for cell, number in ((submission, own), (reference, other)):
            known = {} if number is None else {"refused_fd": number}
            records.append(trial(cell, block, status, "other programs", **known))
    return graded(limited, "ceiling", records)


def test_a_fact_that_the_submission_leaves_without_a_value_is_its_failure(
    limited: Assignment,
) -> None:
    """A server that refuses a client in silence has no first refused descriptor."""
    found = refused(limited, None, 62)
    assert [each.state for each in found.expected] == [State.FAIL, State.FAIL, State.PASS]
    assert (found.state, found.earned) == (State.FAIL, 2)
    assert found.reason == (
        "refused_fd has no value (first refused descriptor): the trial went well, but the "
        "submission did nothing that could be measured so"
    )
    assert score.total([found]).gradable


def test_a_fact_that_the_reference_leaves_without_a_value_is_the_labs_error(
    limited: Assignment,
) -> None:
    """Then none can be expected of a submission, whether it has one or not."""
    found = refused(limited, 62, None)
    states = [State.PASS, State.UNGRADABLE, State.UNGRADABLE]
    assert [each.state for each in found.expected] == states
    both = refused(limited, None, None)
    assert {each.state for each in both.expected} == {State.UNGRADABLE}


def test_what_a_disturbed_trial_has_no_value_of_says_nothing_of_the_submission(
    limited: Assignment,
) -> None:
    found = refused(limited, None, 62, Status.INVALID)
    assert (found.state, found.earned) == (State.UNGRADABLE, 0)
