"""A trace as metrics and as plain data: what a trial's record keeps of it. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from runner.records.observed import Accounted, BurstServed, Classified, Doubted
from runner.records.trial_record import Timeline, Traced
from runner.trace.model import Trace


def metrics_of(trace: Trace) -> dict[str, float | str]:
    """By the names of `kinds.METRICS`; what could not be measured is left out."""
    counts, classified = trace.counts, trace.classification
    metrics: dict[str, float | str] = {
        "model": classified.model,
        "notification_means": classified.notification_means,
        "synchrony": classified.synchrony,
        "blocking": classified.blocking,
        "blocks_in": classified.blocks_in,
        "copied_by": classified.copied_by,
        "notified_by": classified.notified_by,
        "concurrency": classified.concurrency,
        "watches": classified.watches,
        "nonblocking": classified.nonblocking,
        "calls_per_request": sum(counts.calls.values()),
        "wait_blocked_share": counts.wait_blocked_share,
        "reader_threads": counts.reader_threads,
        "new_threads": counts.new_threads,
        "new_processes": counts.new_processes,
        "epoll_mmaps": counts.epoll_mmaps,
        "event_loop": "+".join(counts.event_loops) or "none",
        "coroutines": trace.coroutines.tasks if trace.coroutines else 0,
    }
    perhaps = {
        "eagain_share": counts.eagain_share,
        "syscall_bytes_per_event": counts.syscall_bytes.per_event,
        "copies_after_notification": counts.copies_after_notification,
    }
    if trace.accounting is not None:
        metrics["idle_cpu"] = trace.accounting.idle_cpu
        metrics["switches_per_request"] = trace.accounting.switches_per_request
    return metrics | {name: value for name, value in perhaps.items() if value is not None}


def as_data(trace: Trace) -> dict[str, Any]:
    """Everything but the calls themselves: a few kilobytes, whatever the server did."""
    data = asdict(trace)
    data["switches"] = trace.coroutines.switches if trace.coroutines else 0
    data["counts"]["syscall_bytes"]["per_event"] = trace.counts.syscall_bytes.per_event
    return data


def recorded(trace: Trace) -> Traced:
    """The same as a trial's record keeps it."""
    data = as_data(trace)
    del data["sightings"]  # beside those of every other trial
    line, accounting, said = (
        data.pop(name) for name in ("timeline", "accounting", "classification")
    )
    doubts = tuple(Doubted(**doubt) for doubt in said.pop("doubts"))
    bursts = tuple(BurstServed(**burst) for burst in said.pop("bursts"))
    return Traced(
        timeline=None if line is None else Timeline(**line),
        accounting=None if accounting is None else Accounted(**accounting),
        classification=Classified(doubts=doubts, bursts=bursts, **said),
        **data,
    )
