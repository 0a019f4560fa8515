"""Whose doing it is that a fact has no value: the submission's, or the lab's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.grade import score
from runner.grade.record import CheckGrade, State
from runner.records.observed import Sighting, Waiting
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


def beside(
    limited: Assignment, own: float, model: float = 0.0, own_again: float = 9.0
) -> CheckGrade:
    """The CPUs that each used while its clients were silent, before the window and (the
    submission's) after it; every ratio is 1."""
    submission, reference = check(limited, "ceiling").cells()
    records = []
    for block in range(4):
        for cell, moments in ((submission, (own, own_again)), (reference, (model, model))):
            seen = tuple(
                Sighting(moment, waiting=(Waiting("running", 3, ran=cpus / 2),) * 2)
                for moment, cpus in zip(("connected", "measured"), moments, strict=True)
            )
            one = trial(cell, block, Status.OK, "", refused_fd=62)
            records.append(replace(one, record=replace(one.record, sightings=seen)))
    return graded(limited, "ceiling", records)


def test_a_submission_that_works_in_silence_disturbs_the_reference_and_loses_the_ratio(
    limited: Assignment,
) -> None:
    """Its helpers would take the CPU, the caches or interrupts from the reference."""
    found = beside(limited, 0.4)
    assert [each.state for each in found.expected] == [State.PASS, State.FAIL, State.PASS]
    assert (found.state, found.earned) == (State.FAIL, 11)
    assert "while all its clients were silent, the submission used 40% of a CPU" in found.reason


@pytest.mark.parametrize(
    ("own", "model", "again"), [(0.05, 0.0, 9.0), (0.9, 0.0, 0.02), (0.9, 0.8, 0.9)]
)
def test_work_at_one_moment_alone_or_as_the_reference_does_costs_nothing(
    limited: Assignment, own: float, model: float, again: float
) -> None:
    assert beside(limited, own, model, again).earned == 15
