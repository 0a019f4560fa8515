"""`/grade/results/results.json` of PrairieLearn (its documentation, "External grading"). Pure.

The score is a share, 0 to 1. The element that shows the results hides all points if one test lacks
them, so either every test has points or none. `gradable: false` costs the student no attempt.
"""

from __future__ import annotations

from typing import Any

from runner.grade.record import CheckGrade, Grade
from runner.report.grade import detail, score
from runner.report.grade.as_json import document
from runner.report.grade.capped import fitted
from runner.report.grade.terminal import about, name
from runner.report.grade.view import View
from runner.report.grade.words import words


def to_prairielearn(grade: Grade, view: View) -> bytes:
    texts = words(view.language)

    def make(grade: Grade) -> bytes:
        scored = score.counts(grade)
        made: dict[str, Any] = {"gradable": scored}
        if scored:
            share = score.capped(grade) / grade.points if grade.points else 1.0
            made["score"] = min(1.0, max(0.0, share))
        else:
            made["format_errors"] = [score.why_no_score(grade, texts)]
        made["message"] = score.headline(grade, texts)
        made["output"] = about(grade, texts)
        made["tests"] = [_test(check, grade, texts, scored=scored) for check in grade.checks]
        return document(made)

    return fitted(make, grade, view)


def _test(check: CheckGrade, grade: Grade, texts: Any, *, scored: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name(check, texts),
        "description": f"{check.id}{texts['colon']}{texts[f'about_{check.state}']}",
        "message": texts[check.state],
        "output": "\n".join(detail.lines(check, grade, texts)),
    }
    if scored:
        made["points"] = score.number(check.earned)
        made["max_points"] = 0 if check.bonus else score.number(check.points)
    return made
