"""What Autolab reads from stdout: the report, the line that lays it out, and as the last line the
scores (its documentation, "Guide for Lab Authors" and "Formatted Feedback"). Pure.

The problems of the assessment must be called as the checks' ids. A check that could not be graded
is left out: Autolab then keeps what that problem had, or nothing, and no 0. Where that would leave
no score at all, each has the score null, because Autolab makes zeros of an empty list.
"""

from __future__ import annotations

import re
from typing import Any

from runner.grade.record import Grade, State
from runner.report.grade import score, terminal
from runner.report.grade.as_json import line
from runner.report.grade.capped import fitted
from runner.report.grade.view import View
from runner.report.grade.words import words

_OUTSIDE = re.compile(r"[^A-Za-z0-9_. -]")
"""Autolab puts quotation marks around `word:` wherever it stands in the line."""
_PASSED = {State.PASS: True, State.FAIL: False, State.NEEDS: False}


def to_autolab(grade: Grade, view: View) -> bytes:
    texts = words(view.language)

    def make(grade: Grade) -> bytes:
        report = terminal.report(grade, texts).rstrip("\n")
        return "\n".join([report, line(_layout(grade)), _scores(grade), ""]).encode()

    return fitted(make, grade, view)


def _scores(grade: Grade) -> str:
    scores: dict[str, float | int | None] = {
        _problem(check.id): score.number(check.earned)
        for check in grade.checks
        if check.state not in score.UNDECIDED
    }
    if not scores:
        scores = {_problem(check.id): None for check in grade.checks}
    made: dict[str, object] = {"scores": scores}
    if score.counts(grade):
        made["scoreboard"] = [score.number(score.total(grade))]
    return line(made)


def _layout(grade: Grade) -> dict[str, Any]:
    """A table of passed and failed; what is neither is named below it with its result."""
    checks: dict[str, Any] = {}
    neither: dict[str, str] = {}
    for number, check in enumerate(grade.checks, 1):
        key = f"{number}. {check.title}"
        if check.state in _PASSED:
            checks[key] = {"passed": _PASSED[check.state]}
            if check.hint and check.state is State.FAIL:
                checks[key] |= {"hint": check.hint}
        else:
            neither[key] = str(check.state)
    stages: dict[str, Any] = {"Checks": checks, "Undecided": neither}
    shown = {name: stage for name, stage in stages.items() if stage}
    return {"_presentation": "semantic", "stages": list(shown), **shown}


def _problem(identifier: str) -> str:
    return _OUTSIDE.sub("_", identifier) or "_"
