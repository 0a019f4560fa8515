"""How long the rest of a class will take, said after each runner."""

from __future__ import annotations

import pytest

from runner.cli.class_progress import Estimate, timed_seconds
from runner.grade.assignment_folder import find_assignment
from runner.grade.course import ALL, UNTIMED


def estimate(submissions: int = 10) -> Estimate:
    return Estimate(submissions, 2, {UNTIMED: 25.0, ALL: 7.0})


def test_the_first_word_is_what_the_assignment_expects() -> None:
    assert estimate().left(UNTIMED, 10) == 10 * 25 / 2 + 10 * 7


def test_runners_that_ended_say_how_long_the_others_take() -> None:
    given = estimate()
    for _ in range(2):
        given.add(UNTIMED, 14.0, unfinished=True)
    assert given.left(UNTIMED, 8) == 8 * 14 / 2 + 10 * 7


def test_of_submissions_that_failed_early_no_time_is_measured() -> None:
    """Those that wait are taken to be like those that have ended."""
    given = estimate()
    given.add(UNTIMED, 16.0, unfinished=True)
    given.add(UNTIMED, 4.0, unfinished=False)
    assert given.left(UNTIMED, 8) == 8 * 10 / 2 + 5 * 7


def test_timed_checks_run_one_submission_at_a_time() -> None:
    given = estimate()
    for _ in range(10):
        given.add(UNTIMED, 14.0, unfinished=True)
    given.add(ALL, 9.0, unfinished=False)
    assert given.left(ALL, 9) == 9 * 9
    assert given.left(ALL, 0) == 0


def test_what_is_planned_of_a_homework_is_the_first_guess_of_its_timed_checks() -> None:
    select = find_assignment("select-echo").load()
    took = timed_seconds(select, "process")
    assert 2 < took < select.assignment.expected / 1e9
    facts = select.model_copy(update={"experiments": select.experiments[:3]})
    assert timed_seconds(facts, "process") == pytest.approx(0)
