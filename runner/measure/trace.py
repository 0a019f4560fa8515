"""A trial under a tracer: its steps, top to bottom."""

from __future__ import annotations

from dataclasses import replace

from runner.measure.bench import Bench, Result
from runner.measure.boxes import server_box
from runner.measure.tracing import traced, with_coroutines
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import TrialRecord
from runner.trace import metrics_of, recorded


def run(trial: Trial, bench: Bench) -> Result:
    """The record keeps the classification and its grounds, and the system calls of one request; a
    note says why a model is unknown."""
    # Not pinned: how many threads a server makes may depend on how many CPUs it sees.
    box = replace(server_box(trial, bench.engine), cpus=())
    trace = traced(box, bench.engine, trial.idle)
    if trial.language == "python":
        trace = replace(trace, coroutines=with_coroutines(box, bench.engine, trial.idle))
    unclear = trace.classification.unclear
    notes = (f"the model is unknown: {unclear}",) if unclear else ()
    return Status.OK, "", metrics_of(trace), TrialRecord(trace=recorded(trace), notes=notes)
