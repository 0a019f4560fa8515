"""A trial of listeners to paced frames: its steps, top to bottom."""

from __future__ import annotations

from runner.measure.arguments import timing
from runner.measure.bench import Bench, Result
from runner.measure.driven import disturbance_of, doubt_of, drive, failure_of, record_of, result_of
from runner.measure.metrics import stream_metrics
from runner.measure.rig import connect
from runner.plan import Trial

_HINT = ": the load generator sent the line STATUS on each, and no reply came"


def run(trial: Trial, bench: Bench) -> Result:
    """Frames in a window, and when each came."""
    rig = connect(trial, bench, workload(trial), _HINT)
    driven = drive(rig)
    record = record_of(driven)
    if driven.faulty:
        return failure_of(driven.faulty, driven, record)
    doubt = doubt_of(driven)
    metrics = stream_metrics(driven.window, driven.fleet, rig.connected, driven.results)
    return result_of(driven, record, metrics, doubt, disturbance_of(driven))


def workload(trial: Trial) -> tuple[str, ...]:
    """The options of the load generator."""
    return (
        "--stream",
        "--listeners", str(trial.listeners),
        "--stalled", str(trial.stalled),
        *timing(trial),
    )  # fmt: skip
