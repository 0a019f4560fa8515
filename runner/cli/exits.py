"""With which exit code a run or a grading ends."""

from __future__ import annotations

from collections.abc import Iterable

from runner.cli.exit_codes import Exit
from runner.grade.record import Grade, State
from runner.judge import Decision, Verdict
from runner.judge.tally import unshown
from runner.records.outcome import Outcome, Status


def of(
    verdicts: Iterable[Verdict], measurements: Iterable[Outcome], *, complete: bool = True
) -> Exit:
    """The gravest thing that happened. A trial that failed counts even where nothing was
    expected of it; a cell without one sound trial is no success, whatever was expected, and
    nor is a run that ended before its plan was done."""
    verdicts, measurements = tuple(verdicts), tuple(measurements)
    outcomes = {verdict.outcome for verdict in verdicts}
    statuses = {record.status for record in unshown(verdicts, measurements)}
    if Decision.FAIL in outcomes or Status.FAIL in statuses:
        return Exit.FAILED
    if Decision.ERROR in outcomes or Status.ERROR in statuses:
        return Exit.INFRASTRUCTURE
    nothing = all(record.status is Status.SKIP for record in measurements)
    if nothing and (complete or not measurements):
        return Exit.NOTHING_RAN
    open_ = outcomes & {Decision.INCONCLUSIVE, Decision.INVALID} or Status.INVALID in statuses
    if open_ or not complete:
        return Exit.INCONCLUSIVE
    if _lacks_a_capability(verdicts) or (outcomes and outcomes <= {Decision.SKIP}):
        return Exit.NOTHING_RAN
    return Exit.OK


def of_grade(grade: Grade) -> Exit:
    """Of a grading that went to its end: a grade that is none before points that were lost."""
    states = {check.state for check in grade.checks}
    if not grade.gradable or not grade.complete:
        return Exit.INCONCLUSIVE
    if grade.earned < grade.points:
        return Exit.FAILED
    return Exit.INCONCLUSIVE if State.INCONCLUSIVE in states else Exit.OK


def _lacks_a_capability(verdicts: Iterable[Verdict]) -> bool:
    """Whether a verdict needs a cell that this machine cannot run. One that covers no selected
    cell needs none."""
    return any(v.outcome is Decision.SKIP and v.checks for v in verdicts)
