"""What each check of an assignment cost a class: how many passed, and the points that were lost.
Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.grade.record import CheckGrade, Grade, State
from runner.report.grade import score


@dataclass(frozen=True, slots=True)
class CheckOfClass:
    """`states` counts every submission; `lost` and `worth` are points of those with a score alone,
    `lost` by the state that cost them."""

    id: str
    title: str
    hidden: bool
    bonus: bool
    states: Mapping[State, int]
    lost: Mapping[State, float]
    worth: float

    @property
    def all_lost(self) -> float:
        return sum(self.lost.values())

    @property
    def share(self) -> float:
        return self.all_lost / self.worth if self.worth else 0.0


def checks_of_class(grades: Sequence[Grade]) -> list[CheckOfClass]:
    """In the order of the assignment."""
    every: dict[str, list[tuple[CheckGrade, bool]]] = {}
    for grade in grades:
        for check in grade.checks:
            every.setdefault(check.id, []).append((check, score.counts(grade)))
    return [_of(some) for some in every.values()]


def _of(some: Sequence[tuple[CheckGrade, bool]]) -> CheckOfClass:
    counted = [check for check, has_score in some if has_score]
    lost: dict[State, float] = {}
    for check in counted:
        if check.earned < check.points:
            lost[check.state] = lost.get(check.state, 0.0) + check.points - check.earned
    first = some[0][0]
    return CheckOfClass(
        id=first.id,
        title=first.title,
        hidden=first.hidden,
        bonus=first.bonus,
        states=Counter(check.state for check, _ in some),
        lost=lost,
        worth=sum(check.points for check in counted),
    )
