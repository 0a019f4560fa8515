"""`/autograder/results/results.json` of Gradescope (its documentation, "Autograder
Specifications"). Pure.

A grade that does not count has no score, neither for the whole nor for a check: Gradescope then
shows that the autograder did not finish, and keeps no 0.
"""

from __future__ import annotations

from typing import Any

from runner.grade.record import CheckGrade, Grade, State
from runner.report.grade import detail, score
from runner.report.grade.as_json import document
from runner.report.grade.capped import fitted
from runner.report.grade.terminal import about
from runner.report.grade.view import View
from runner.report.grade.words import words

_STATUS = {State.PASS: "passed", State.FAIL: "failed", State.NEEDS: "failed"}
"""Without a status Gradescope shows the points alone."""


def to_gradescope(grade: Grade, view: View) -> bytes:
    texts = words(view.language)

    def make(grade: Grade) -> bytes:
        scored = score.counts(grade)
        made: dict[str, Any] = {
            "execution_time": score.number(grade.seconds),
            "output": about(grade, texts),
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "extra_data": {
                "assignment": grade.assignment,
                "submission_sha256": grade.submission.sha256,
                "seed": grade.seed,
                "spec_hash": grade.spec_hash,
                "engine": grade.engine,
                "gradable": scored,
                "left_out": detail.partly(grade),
            },
            "tests": [
                _test(number, check, grade, texts, scored=scored)
                for number, check in enumerate(grade.checks, 1)
            ],
        }
        if scored:
            made["score"] = score.number(score.total(grade))
            made["leaderboard"] = [
                {"name": check.title, "value": round(each.ratio[0], 3), "order": "desc"}
                for check in grade.checks
                for each in check.expected
                if each.ratio is not None and not check.hidden
            ]
        return document(made)

    return fitted(make, grade, view)


def _test(
    number: int, check: CheckGrade, grade: Grade, texts: Any, *, scored: bool
) -> dict[str, Any]:
    tags = [str(check.state).lower()]
    tags += [kind for kind in ("hidden", "bonus") if getattr(check, kind)]
    made: dict[str, Any] = {
        "name": check.title or check.id or "–",
        "number": str(number),
        "output": "\n".join(detail.lines(check, grade, texts)),
        "tags": tags,
        "visibility": "visible",
        "extra_data": {"id": check.id, "state": str(check.state)},
    }
    ratios = [list(each.ratio) for each in check.expected if each.ratio is not None]
    if ratios:
        made["extra_data"]["ratio"] = ratios
    if check.state in _STATUS:
        made["status"] = _STATUS[check.state]
    if scored:
        made["score"] = score.number(check.earned)
        if not check.bonus:
            made["max_score"] = score.number(check.points)
    return made
