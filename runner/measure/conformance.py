"""A trial of one case of the contract: its steps, top to bottom.

A broken rule is FAIL, with what the clients did, what they saw and what a server must do. It is a
fact: a busy machine only makes the clients wait longer.
"""

from __future__ import annotations

from runner.measure.bench import Bench, Result
from runner.measure.cases import CASES
from runner.measure.exam import Case, Exam, begin
from runner.measure.place import limits
from runner.measure.server import ServerFault, require_alive
from runner.measure.server_output import ended_badly
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import Granted, TrialRecord


def run(trial: Trial, bench: Bench) -> Result:
    case = CASES[str(trial.cell.get("case"))]
    try:
        exam = begin(trial, bench, case)
        metrics = _observed(case, exam)
    except ServerFault as fault:
        if fault.obedient:
            raise  # an engine that ends its boxes may be the cause
        return Status.FAIL, str(fault), {"kept": 0}, TrialRecord(final=fault.final)
    breaches = (*exam.output.notes(), *(() if case.ends else ended_badly(exam.server)))
    record = TrialRecord(
        granted=Granted(server=limits(exam.server)),
        isolation=exam.server.isolation,
        refusals=tuple((each.limit, each.descriptor) for each in exam.output.refusals),
        contract=breaches,
        notes=breaches,
    )
    return Status.OK, "", {"kept": 1, **metrics}, record


def _observed(case: Case, exam: Exam) -> dict[str, float]:
    """The metrics of a server that keeps the rule. Where it ended, the reason says what the clients
    did before."""
    try:
        metrics = dict(case.run(exam))
        if not case.ends:
            require_alive(exam.server)
            exam.output.read(0.0)
    except ServerFault as fault:
        doing = exam.clients.doing
        if not doing or str(fault).startswith(doing):
            raise
        text = f"{doing}; {fault}"
        raise ServerFault(text, obedient=fault.obedient, final=fault.final) from None
    return metrics
