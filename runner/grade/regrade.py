"""What changed between two gradings of the same submission, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.grade.differs import differences
from runner.grade.record import CheckGrade, Expected, Grade, State

_SAID = ("checks", "engine", "kernel", "isolation")
"""Facts of the machine that `conditions` says in other words."""


@dataclass(frozen=True, slots=True)
class Change:
    """A check with another result, or with other points, than before. `lowers` says that the
    submission has fewer points by it."""

    id: str
    title: str
    before: str
    after: str
    why: tuple[str, ...]
    lowers: bool


def changes(before: Grade, after: Grade) -> tuple[Change, ...]:
    """First the checks as they are now, in their order, then the checks that no longer exist."""
    old = {each.id: each for each in before.checks}
    new = {each.id: each for each in after.checks}
    every = [*new, *(name for name in old if name not in new)]
    found = (_change(old.get(name), new.get(name)) for name in every)
    return tuple(each for each in found if each is not None)


def conditions(before: Grade, after: Grade) -> tuple[str, ...]:
    """What else differs between the two gradings, a line each: a reason for any change."""
    pairs = [
        ("the assignment's checks", before.spec_hash[:12], after.spec_hash[:12]),
        ("the submission's files", before.submission.sha256[:12], after.submission.sha256[:12]),
        ("engine", before.engine, after.engine),
        ("kernel", before.kernel, after.kernel),
        ("hidden checks", _hidden(before), _hidden(after)),
        ("this machine lacks", _lacks(before), _lacks(after)),
    ]
    if before.machine and after.machine:
        pairs += [
            (each.what, each.grader, each.here)
            for each in differences(after.machine, before.machine)
            if each.what not in _SAID
        ]
    return tuple(f"{name}: {then} before, {now} now" for name, then, now in pairs if then != now)


def _hidden(grade: Grade) -> str:
    return "left out" if grade.public else "included"


def _lacks(grade: Grade) -> str:
    return "; ".join(grade.lacks) or "nothing"


def _change(old: CheckGrade | None, new: CheckGrade | None) -> Change | None:
    if old is None and new is not None:
        lowers = not new.bonus and new.earned < new.points
        return Change(new.id, new.title, "no check", _result(new), ("the check is new",), lowers)
    if new is None and old is not None:
        lowers = old.earned > 0
        return Change(old.id, old.title, _result(old), "no check", ("the check is gone",), lowers)
    if old is None or new is None or _result(old) == _result(new):
        return None
    why = tuple(dict.fromkeys(_reasons(old, new))) or (new.reason or old.reason,)
    return Change(new.id, new.title, _result(old), _result(new), why, new.earned < old.earned)


def _result(check: CheckGrade) -> str:
    return f"{check.state} {check.earned:g} of {check.points:g}"


def _reasons(old: CheckGrade, new: CheckGrade) -> Iterator[str]:
    if new.state is State.NEEDS or old.state is State.NEEDS:
        unmet = ", ".join(new.unmet or old.unmet)
        yield f"it needs {unmet}" if new.unmet else f"it needed {unmet}, which passes now"
    if old.points != new.points:
        yield f"its points were {old.points:g}, and are {new.points:g}"
    earlier = {each.expected: each for each in old.expected}
    for each in new.expected:
        then = earlier.get(each.expected)
        if then is None and earlier:
            yield f"expected now: {each.expected}; seen: {each.seen}"
        elif then is not None and (then.state, then.earned) != (each.state, each.earned):
            yield f"{each.expected}: {_seen(then)} before, {_seen(each)} now"


def _seen(each: Expected) -> str:
    return f"{each.state} with {each.seen}"
