"""Grades held against each other: a regrading, and a calibration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.grade.calibration import chances, why_ungradable
from runner.grade.record import CheckGrade, Expected, Grade, State, Submission
from runner.grade.regrade import changes, conditions
from runner.stats.proportion import proportion_interval

RATE = "rate: submission ÷ reference ≥ ×0.5"


def check(name: str, state: State, ratio: float = 1.0, points: float = 10) -> CheckGrade:
    earned = points if state in (State.PASS, State.INCONCLUSIVE) else 0.0
    seen = Expected(RATE, f"×{ratio}", state, points, earned, (ratio, ratio - 0.1, ratio + 0.1))
    return CheckGrade(name, f"Title of {name}", state, points, earned, expected=(seen,))


def grade(*checks: CheckGrade) -> Grade:
    states = [each.state for each in checks]
    return Grade(
        1, "a", "t", Submission("s", "0" * 64, 1, 1), "2026", 1.0, "process", (),
        State.WAITING not in states, State.UNGRADABLE not in states,
        sum(each.points for each in checks), sum(each.earned for each in checks), 0.0, checks,
    )  # fmt: skip


def test_a_changed_verdict_is_listed_with_what_was_seen_both_times() -> None:
    before = grade(check("echo", State.PASS), check("speed", State.PASS, 0.55))
    after = grade(check("echo", State.PASS), check("speed", State.FAIL, 0.45))
    (found,) = changes(before, after)
    assert (found.title, found.before, found.after, found.lowers) == (
        "Title of speed", "PASS 10 of 10", "FAIL 0 of 10", True
    )  # fmt: skip
    assert found.why == (f"{RATE}: PASS with ×0.55 before, FAIL with ×0.45 now",)
    assert changes(before, before) == ()


def test_checks_that_came_and_went_are_listed() -> None:
    before, after = grade(check("old", State.PASS)), grade(check("new", State.FAIL))
    assert [(each.id, each.why, each.lowers) for each in changes(before, after)] == [
        ("new", ("the check is new",), True),
        ("old", ("the check is gone",), True),
    ]


def test_what_needs_another_check_says_so() -> None:
    needs = replace(check("speed", State.NEEDS), unmet=("echo",), expected=())
    before = grade(check("echo", State.PASS), check("speed", State.PASS))
    after = grade(check("echo", State.FAIL), needs)
    assert changes(before, after)[1].why == ("it needs echo",)
    assert changes(after, before)[1].why == ("it needed echo, which passes now",)


def test_other_conditions_are_reasons_too() -> None:
    before = grade(check("echo", State.PASS))
    after = replace(before, kernel="6.18", spec_hash="ab", public=True)
    assert conditions(before, after) == (
        "the assignment's checks:  before, ab now",
        "kernel:  before, 6.18 now",
        "hidden checks: included before, left out now",
    )
    assert conditions(before, before) == ()


def test_the_chance_to_fail_has_an_interval() -> None:
    good = grade(check("echo", State.PASS), check("speed", State.INCONCLUSIVE, 0.98))
    bad = grade(check("echo", State.PASS), check("speed", State.FAIL, 0.4))
    lost = grade(check("echo", State.PASS), check("speed", State.UNGRADABLE))
    echo, speed, whole = chances([good] * 18 + [bad, lost])
    assert (echo.failed, echo.graded, echo.low) == (0, 20, 0.0)
    assert echo.high == pytest.approx(1 - 0.025 ** (1 / 20))
    assert (speed.failed, speed.undecided, speed.ungradable, speed.graded) == (1, 18, 1, 19)
    assert speed.ratios == (0.4, 1.0)
    assert (whole.name, whole.failed, whole.graded) == ("any point lost", 1, 19)


def test_a_bonus_that_the_reference_does_not_earn_is_no_lost_point() -> None:
    extra = replace(check("edge", State.FAIL), bonus=True, points=0.0)
    edge, whole = chances([grade(extra)] * 3)
    assert (edge.name, edge.failed, whole.failed) == ("Title of edge (bonus)", 3, 0)


def test_what_could_not_be_graded_is_named_once_with_its_reason() -> None:
    good = grade(check("speed", State.PASS))
    lost = grade(replace(check("speed", State.UNGRADABLE), reason="too busy\nfor long"))
    assert why_ungradable([good, lost, lost]) == ["Title of speed was not gradable: too busy"]
    assert why_ungradable([good]) == []


@pytest.mark.parametrize(("hits", "tries"), [(0, 1), (0, 20), (1, 20), (7, 20), (20, 20), (3, 200)])
def test_the_interval_is_clopper_and_pearsons(hits: int, tries: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(hits, tries).proportion_ci(0.95, method="exact")
    assert proportion_interval(hits, tries) == pytest.approx((expected.low, expected.high))


def test_there_is_no_chance_of_nothing() -> None:
    with pytest.raises(ValueError, match="1 of 0"):
        proportion_interval(1, 0)
    assert chances([]) == ()
