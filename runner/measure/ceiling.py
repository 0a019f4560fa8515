"""A trial that connects until the server refuses: its steps, top to bottom."""

from __future__ import annotations

from runner.measure.arguments import exchange
from runner.measure.bench import Bench, Result
from runner.measure.driven import doubt_of, drive, failure_of, record_of, result_of
from runner.measure.metrics import ceiling_metrics
from runner.measure.rig import connect
from runner.plan import Trial


def run(trial: Trial, bench: Bench) -> Result:
    """A limit is where it is, however busy the machine: such a trial is never disturbed."""
    rig = connect(trial, bench, workload(trial))
    driven = drive(rig)
    record = record_of(driven)
    if driven.faulty:
        return failure_of(driven.faulty, driven, record)
    doubt = doubt_of(driven)
    metrics = ceiling_metrics(
        driven.window, driven.fleet, rig.connected, driven.claim, believed=doubt is None
    )
    return result_of(driven, record, metrics, doubt)


def workload(trial: Trial) -> tuple[str, ...]:
    """The options of the load generator."""
    return ("--until-refused", "--connections", str(trial.connections), *exchange(trial))
