"""The reference graded against itself: with what chance would a server as good as it fail? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.grade.record import CheckGrade, Grade, State
from runner.stats.proportion import proportion_interval


@dataclass(frozen=True, slots=True)
class Chance:
    """The results of one check, or of the whole assignment, in several gradings: the numbers of
    gradings in which it failed, was undecided, could not be graded, and was graded. `low` and
    `high` contain the chance to fail with 95%; None without a grading that counts. `ratios` are the
    lowest and the highest ratio of a speed."""

    name: str
    failed: int
    undecided: int
    ungradable: int
    graded: int
    low: float | None
    high: float | None
    ratios: tuple[float, float] | None = None


def chances(grades: Sequence[Grade]) -> tuple[Chance, ...]:
    """The chance of each check to fail; the last one is the chance to lose any point. A reference
    need not earn a bonus."""
    if not grades:
        return ()
    by_check = [
        _chance(
            f"{first.title} (bonus)" if first.bonus else first.title,
            [grade.checks[number] for grade in grades],
        )
        for number, first in enumerate(grades[0].checks)
    ]
    whole = [
        State.UNGRADABLE
        if not grade.gradable
        else State.FAIL
        if grade.earned < grade.points
        else State.PASS
        for grade in grades
    ]
    return (*by_check, _counted("any point lost", whole))


def why_ungradable(grades: Sequence[Grade]) -> list[str]:
    """A line for each check that could not be graded, with the reason that was given first."""
    reasons: dict[str, str] = {}
    for grade in grades:
        for check in grade.checks:
            if check.state is State.UNGRADABLE and check.reason:
                reasons.setdefault(check.title, check.reason.splitlines()[0])
    return [f"{title} was not gradable: {reason}" for title, reason in reasons.items()]


def _chance(name: str, checks: Sequence[CheckGrade]) -> Chance:
    estimates = [each.ratio[0] for check in checks for each in check.expected if each.ratio]
    ratios = (min(estimates), max(estimates)) if estimates else None
    return _counted(name, [check.state for check in checks], ratios)


def _counted(
    name: str, states: Sequence[State], ratios: tuple[float, float] | None = None
) -> Chance:
    failed = sum(state in (State.FAIL, State.NEEDS) for state in states)
    open_ = sum(state in (State.UNGRADABLE, State.WAITING) for state in states)
    graded = len(states) - open_
    low, high = proportion_interval(failed, graded) if graded else (None, None)
    undecided = sum(state is State.INCONCLUSIVE for state in states)
    return Chance(name, failed, undecided, open_, graded, low, high, ratios)
