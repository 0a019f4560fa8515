"""JUnit's XML, by junitparser: a test case for each expectation, and one for each cell with a
problem that no verdict shows, so that the file agrees with the exit code. Pure.

FAIL is a failure; ERROR and INVALID are errors of the lab and not of the server; SKIP and
INCONCLUSIVE are skipped, with the reason.
"""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from runner.judge import Decision, Verdict
from runner.judge.run import Run
from runner.records.outcome import Outcome
from runner.report.sanitize import disarmed, plain, xml
from runner.report.summary_line import doubts, origin
from runner.words.format import bound
from runner.words.verdict import measured, reason, title

_KINDS = {
    Decision.FAIL: Failure,
    Decision.ERROR: Error,
    Decision.INVALID: Error,
    Decision.INCONCLUSIVE: Skipped,
    Decision.SKIP: Skipped,
}


def to_junit(run: Run) -> str:
    document = JUnitXml(run.name)
    for experiment in run.experiments():
        suite = TestSuite(experiment.id)
        suite.add_property("measured on", plain(origin(run)) or "an unknown machine")
        for verdict in run.verdicts:
            if verdict.experiment == experiment.id:
                suite.add_testcase(_case(verdict))
        for record in run.unjudged(experiment):
            suite.add_testcase(_unjudged(record))
        document.add_testsuite(suite)
    for doubt in doubts(run):
        whole = TestSuite("the run")
        case = TestCase(doubt.partition(" ")[0].rstrip(":").lower(), classname="run")
        kind = Error if run.changed else Skipped
        case.result = [kind(plain(doubt if run.changed else f"INCONCLUSIVE: {doubt}"))]
        whole.add_testcase(case)
        document.add_testsuite(whole)
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return disarmed(xml(text.decode()))


def _case(verdict: Verdict) -> TestCase:
    case = TestCase(title(verdict), classname=f"{verdict.experiment}.{verdict.index}")
    limit = bound(verdict.expectation)
    if verdict.outcome in _KINDS:
        figures = f"measured {measured(verdict)}, bound {limit}"
        message = f"{verdict.outcome}: {figures}. {reason(verdict)}"
        case.result = [_KINDS[verdict.outcome](plain(message.strip()))]
    case.system_out = f"measured {plain(measured(verdict))}, bound {limit}"
    return case


def _unjudged(record: Outcome) -> TestCase:
    """A server that fails makes the run fail, also without an expectation."""
    case = TestCase(record.cell.name, classname=f"{record.cell.experiment}.cell")
    kind = _KINDS[Decision(record.status)]
    case.result = [kind(plain(f"{record.status}: {record.reason}"))]
    return case
