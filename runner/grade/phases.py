"""Which checks need a quiet machine: timed checks, and checks that need a timed one. Pure.

All other checks may run side by side, and are run first: where one fails, the timed checks that
need it are not run.
"""

from __future__ import annotations

from runner.grade.error import AssignmentError
from runner.spec import Assignment, Check


def timed(check: Check) -> bool:
    """Whether other programs would change its figures."""
    return check.kind.windowed


def untimed(assignment: Assignment) -> Assignment:
    """The assignment without its timed checks and the checks that need one. Raises
    AssignmentError."""
    kept = side_by_side(assignment)
    checks = tuple(check for check in assignment.experiments if check.id in kept)
    if not sum(check.points for check in checks if not check.bonus):
        raise AssignmentError("every check with points judges times: --untimed would leave none")
    return assignment.model_copy(update={"experiments": checks})


def side_by_side(assignment: Assignment) -> frozenset[str]:
    """The ids of the checks that may run beside those of other submissions."""
    chosen: set[str] = set()
    for check in assignment.in_order():
        if not timed(check) and chosen.issuperset(check.needs):
            chosen.add(check.id)
    return frozenset(chosen)
