"""A trial of listeners to paced frames: its steps, top to bottom."""

from __future__ import annotations

from runner.measure.arguments import timing
from runner.measure.bench import Bench, Outcome
from runner.measure.driven import concluded, disturbed, doubted, drive, evidence, failed
from runner.measure.metrics import stream_metrics
from runner.measure.rig import connect
from runner.plan import Trial

_HINT = ": the load generator sent the line STATUS on each, and no reply came"


def run(trial: Trial, bench: Bench) -> Outcome:
    seen = drive(connect(trial, bench, workload(trial), _HINT))
    record = evidence(seen)
    if seen.faulty:
        return failed(seen.faulty, seen, record)
    doubt = doubted(seen)
    metrics = stream_metrics(seen.window, seen.fleet, seen.rig.connected, seen.results)
    return concluded(seen, record, metrics, doubt, disturbed(seen))


def workload(trial: Trial) -> tuple[str, ...]:
    """The options of the load generator."""
    return (
        "--stream",
        "--listeners", str(trial.listeners),
        "--stalled", str(trial.stalled),
        *timing(trial),
    )  # fmt: skip
