"""JUnit's XML of one grade, by junitparser: a test case for each check. Pure.

FAIL is a failure; a check that could not be graded is an error, which CI systems do not blame on
the code; INCONCLUSIVE and checks that did not run are skipped. Points are properties.
"""

from __future__ import annotations

from junitparser import (
    Error,
    Failure,
    JUnitXml,
    Properties,
    Property,
    Skipped,
    TestCase,
    TestSuite,
)

from runner.grade.record import CheckGrade, Grade, State
from runner.report.grade import detail, score
from runner.report.grade.view import View, seen_by
from runner.report.grade.words import words
from runner.report.sanitize import disarmed, plain, xml

_KINDS = {
    State.FAIL: Failure,
    State.UNGRADABLE: Error,
    State.WAITING: Error,
    State.INCONCLUSIVE: Skipped,
    State.NEEDS: Skipped,
}


def to_junit(grade: Grade, view: View) -> bytes:
    grade = seen_by(grade, view)
    suite = TestSuite(plain(grade.assignment))
    if score.counts(grade):
        suite.add_property("score", score.amount(score.total(grade)))
        suite.add_property("max_score", score.amount(grade.points))
    suite.add_property("submission", plain(grade.submission.name))
    suite.add_property("engine", plain(grade.engine))
    for check in grade.checks:
        suite.add_testcase(_case(check, grade, view.language))
    document = JUnitXml(plain(grade.submission.name))
    document.add_testsuite(suite)
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return disarmed(xml(text.decode())).encode()


def _case(check: CheckGrade, grade: Grade, language: str) -> TestCase:
    texts = words(language)
    case = TestCase(
        plain(check.title) or check.id,
        classname=f"{plain(grade.assignment)}.{plain(check.id)}",
        time=check.seconds,
    )
    if check.state not in score.UNDECIDED:
        points = Properties()  # type: ignore[no-untyped-call]
        points.add_property(Property("score", score.amount(check.earned)))
        points.add_property(Property("max_score", score.amount(check.points)))
        case.append(points)  # type: ignore[no-untyped-call]
    output = "\n".join(plain(each) for each in detail.lines(check, grade, texts))
    if check.state in _KINDS:
        message = plain(detail.short(check, grade, texts))
        case.result = [_KINDS[check.state](f"{texts[check.state]}: {message}")]
    if output:
        case.system_out = output
    return case
