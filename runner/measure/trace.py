"""A trial under a tracer: its steps, top to bottom."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from runner.measure.bench import Bench, Result
from runner.measure.boxes import server_box
from runner.measure.tracing import traced, with_coroutines
from runner.plan import Trial
from runner.records.outcome import Status
from runner.records.trial_record import TrialRecord
from runner.trace import metrics_of, recorded

MORE = 6
"""POSIX AIO of glibc serves twenty clients and no more: beside ten idle ones there is room."""


def run(trial: Trial, bench: Bench) -> Result:
    """The record keeps the classification and its grounds, and the system calls of one request; a
    note says why a model is unknown."""
    # Not pinned: how many threads a server makes may depend on how many CPUs it sees.
    box = replace(server_box(trial, bench.engine), cpus=())
    watched = trial.idle + _more(trial)
    spoken = trial.own.spoken if trial.own else None
    # A server that is to be proven to behave alike with any load must do so in a burst as well.
    trace = traced(box, bench.engine, watched, spoken, bursts=trial.sightings)
    if trial.language == "python":
        trace = replace(trace, coroutines=with_coroutines(box, bench.engine, watched, spoken))
    unclear = trace.classification.unclear
    notes = (f"the model is unknown: {unclear}",) if unclear else ()
    record = TrialRecord(trace=recorded(trace), sightings=trace.sightings or None, notes=notes)
    return Status.OK, "", metrics_of(trace), record


def _more(trial: Trial) -> int:
    """Idle clients beyond those of the spec, which a submission may have read, where the server is
    to be proven to behave alike with any number of them."""
    room = min(MORE, (trial.kind.idle_most or 0) - trial.idle)
    return Random(trial.seed).randint(0, room) if trial.sightings else 0  # noqa: S311 - no secret
