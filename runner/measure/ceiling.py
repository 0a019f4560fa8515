"""A trial that connects until the server refuses: its steps, top to bottom."""

from __future__ import annotations

from runner.measure.arguments import exchange
from runner.measure.bench import Bench, Outcome
from runner.measure.driven import concluded, doubted, drive, evidence, failed
from runner.measure.metrics import ceiling_metrics
from runner.measure.rig import connect
from runner.plan import Trial


def run(trial: Trial, bench: Bench) -> Outcome:
    """A limit is where it is, however busy the machine: such a trial is never disturbed."""
    seen = drive(connect(trial, bench, workload(trial)))
    record = evidence(seen)
    if seen.faulty:
        return failed(seen.faulty, seen, record)
    doubt = doubted(seen)
    metrics = ceiling_metrics(
        seen.window, seen.fleet, seen.rig.connected, seen.claim, believed=doubt is None
    )
    return concluded(seen, record, metrics, doubt)


def workload(trial: Trial) -> tuple[str, ...]:
    """The options of the load generator."""
    return ("--until-refused", "--connections", str(trial.connections), *exchange(trial))
