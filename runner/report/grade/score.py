"""The score of a grade: whether there is one, and how it is written. Pure.

A grade counts where every check was graded. Where one was not (the lab's fault, the machine's, or a
grading that was cut short) no format writes a score, because a 0 would be the student's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from runner.grade.record import CheckGrade, Grade, State
from runner.plural import number_of
from runner.report.grade.words import words

UNDECIDED = (State.UNGRADABLE, State.WAITING)
"""States that say nothing about the submission."""
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Digits enough for every number that a file may hold (runner/untrusted.py)."""


def counts(grade: Grade) -> bool:
    return grade.gradable and grade.complete


def total(grade: Grade) -> float:
    """What was earned, the bonus included. It may be more than the assignment is worth."""
    return grade.earned + grade.bonus


def capped(grade: Grade) -> float:
    """The same for a platform that takes no more than the assignment is worth."""
    return min(total(grade), grade.points)


def bonus_points(grade: Grade) -> float:
    """What the bonus is worth at most."""
    return sum(check.points for check in grade.checks if check.bonus)


def amount(points: float) -> str:
    """Points with two decimals at most, rounded half up: 63, 6.67."""
    return shortest(rounded(points, 2))


def rounded(value: float, decimals: int) -> Decimal:
    """Half up, as people round points; `round` would make 0.5 a 0."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), context=_EXACT)


def shortest(value: Decimal) -> str:
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def number(points: float) -> float | int:
    """For JSON: whole numbers whole, others with four decimals."""
    value = rounded(points, 4)
    return int(value) if value == value.to_integral_value() else float(value)


def percent(grade: Grade) -> str:
    return f"{shortest(rounded(100 * grade.share, 1))}%"


def headline(grade: Grade, texts: Mapping[str, str]) -> str:
    """63 of 70 points (90%), and 5 of 10 bonus points."""
    if not counts(grade):
        return texts["no_score"]
    text = texts["score"].format(
        earned=amount(grade.earned), points=amount(grade.points), percent=percent(grade)
    )
    worth = bonus_points(grade)
    if worth or grade.bonus:
        text += texts["and_bonus"].format(earned=amount(grade.bonus), points=amount(worth))
    return text


def why_no_score(grade: Grade, texts: Mapping[str, str]) -> str:
    """Empty where there is one."""
    if counts(grade):
        return ""
    names = texts["comma"].join(check.title for check in grade.checks if check.state in UNDECIDED)
    return texts["not_gradable" if not grade.gradable else "not_complete"].format(
        names=names or "–"
    )


def summary(grade: Grade) -> str:
    """One line for a gradebook: the points, then each check that did not pass."""
    names = missed(grade)
    scored = f"{amount(total(grade))} of {amount(grade.points)} points"
    if not names:
        return f"{scored}; {number_of(len(grade.checks), 'check')} passed"
    return f"{scored}; {', '.join(names)}"


def missed(grade: Grade) -> list[str]:
    """The checks that did not pass, each with its result."""
    return [f"{check.id} {name_of(check.state)}" for check in grade.checks if lost(check)]


def name_of(state: State) -> str:
    """As an instructor's tables show it."""
    return words("en")[state]


def lost(check: CheckGrade) -> bool:
    """Whether an instructor may want to look at it."""
    return check.state is not State.PASS


def of_check(check: CheckGrade) -> str:
    """13/20; a dash before the points where nothing is known."""
    earned = "–" if check.state in UNDECIDED else amount(check.earned)
    return f"{earned}/{amount(check.points)}"
