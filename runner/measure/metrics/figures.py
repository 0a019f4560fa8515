"""Computes the metrics of a trial from its samples, in the units of the metrics of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from runner.measure.metrics.fleet import MergedResult, histograms
from runner.measure.metrics.refusals import UNKNOWN, Claim
from runner.measure.metrics.window import Window
from runner.records.fleet_output import Connected, FleetResult

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}

Metrics = dict[str, float | str]


def load_metrics(window: Window, fleet: MergedResult, connected: Sequence[Connected]) -> Metrics:
    metrics: Metrics = _driven(window, fleet, connected)
    if not fleet.errors.get("own_limit"):  # else connections are missing that no server lost
        metrics = {"idle_alive": fleet.idle_alive, **metrics}
    if fleet.scheduled:
        metrics["unsent_share"] = fleet.unsent / fleet.scheduled
    # Closed loop: no latency is known. Open loop: all that it answered was due before the window.
    if fleet.counted <= 0 or fleet.seconds <= 0 or not (fleet.requests or fleet.scheduled):
        return metrics
    rate = fleet.counted / fleet.seconds
    metrics["rate"] = rate
    metrics["cpu_per_request"] = window.server_cpu / rate * 1e9
    metrics["switches_per_request"] = window.switches_per_second / rate
    if fleet.requests:
        for name, percentile in PERCENTILES.items():
            metrics[name] = fleet.latency.get_value_at_percentile(percentile)
        metrics["max_latency"] = fleet.latency.get_max_value()
    if fleet.uncorrected.get_total_count():
        for name in ("p50", "p99"):
            value = fleet.uncorrected.get_value_at_percentile(PERCENTILES[name])
            metrics[f"{name}_uncorrected"] = value
    if fleet.lag.get_total_count():
        metrics["send_lag_p99"] = fleet.lag.get_value_at_percentile(99.0)
    if fleet.accepted:
        metrics["accept_rate"] = fleet.accepted / fleet.seconds
    return metrics


def stream_metrics(
    window: Window,
    fleet: MergedResult,
    connected: Sequence[Connected],
    results: Sequence[FleetResult],
) -> Metrics:
    """Lateness counts from each listener's own schedule. The stalled listeners are in no figure but
    `dropped_listeners`."""
    streams = [result.stream for result in results if result.stream is not None]
    frames = sum(stream.frames for stream in streams)
    listeners = sum(stream.listeners for stream in streams)
    metrics: Metrics = {
        **_driven(window, fleet, connected),
        "gaps": sum(stream.gaps for stream in streams),
        "dropped_listeners": sum(stream.stalled.dropped for stream in streams),
    }
    if frames == 0 or listeners == 0 or fleet.seconds <= 0:
        return metrics
    lateness = histograms(stream.lateness for stream in streams)
    jitter = histograms(stream.jitter for stream in streams)
    metrics["frame_rate"] = frames / listeners / fleet.seconds
    metrics["late_frame_share"] = sum(stream.late for stream in streams) / frames
    metrics["lateness_p50"] = lateness.get_value_at_percentile(50.0)
    metrics["lateness_p99"] = lateness.get_value_at_percentile(99.0)
    metrics["jitter_p99"] = jitter.get_value_at_percentile(99.0)
    return metrics


def ceiling_metrics(
    window: Window,
    fleet: MergedResult,
    connected: Sequence[Connected],
    claim: Claim | None,
    *,
    believed: bool,
) -> Metrics:
    """`limit` is the one that the server itself reported first, where that agrees with what was
    measured; `none` when nothing stopped the load generator."""
    if not stopped(fleet):
        limit, descriptor = "none", None
    elif claim is None:
        limit, descriptor = "unnamed", None
    elif not believed:
        limit, descriptor = UNKNOWN, None
    else:
        limit, descriptor = claim.limit, claim.descriptor
    metrics: Metrics = {
        "served": fleet.served,
        "limit": limit,
        "threads": window.end.threads,
        "processes": window.end.processes,
        **_held_metrics(window, fleet.served, connected),
    }
    if descriptor is not None:
        metrics["refused_fd"] = descriptor
    return metrics


def stopped(fleet: MergedResult) -> bool:
    """Whether the server refused a client: a ceiling also ends at the largest number of
    connections."""
    return not set(fleet.stopped_by) <= {"cap"}


def _driven(window: Window, fleet: MergedResult, connected: Sequence[Connected]) -> Metrics:
    """The metrics of every trial with a load generator."""
    held = sum(event.idle + event.active for event in connected)
    return {
        "errors": sum(fleet.server_errors.values()),
        "server_cpu": window.server_cpu,
        "fleet_cpu": fleet.cpu,
        "threads": window.end.threads,
        "processes": window.end.processes,
        **_held_metrics(window, held, connected),
    }


def _held_metrics(window: Window, held: int, connected: Sequence[Connected]) -> Metrics:
    """Resident memory is counted in pages: with fewer than a hundred connections it is too
    coarse."""
    metrics: Metrics = {}
    if held >= 100:
        grown = window.connected.rss_bytes - window.ready.rss_bytes
        metrics["memory_per_connection"] = max(0, grown) / held
    seconds = max(event.seconds for event in connected)
    if seconds > 0 and held:
        metrics["connect_rate"] = held / seconds
    return metrics
