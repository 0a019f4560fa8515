"""Samples to metrics: what a trial's window says, in the units of `spec.metrics`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hdrh.histogram import HdrHistogram

from runner.engine.box import Usage

LOWEST_NS, HIGHEST_NS, DIGITS = 1_000, 3_600_000_000_000, 3

FLEET_BUSY = 0.97
SERVER_SLACK = 0.85
"""A fleet that used all of its CPU while the server had a sixth of its own left measured itself
(docs/decisions.md)."""
FLEET_WAITED = 0.5
"""A fleet that was runnable but not running for half of the window shared its CPU."""

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}

Metrics = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Window:
    """The server's accounting: when READY, when all connections are held, and at both ends of the
    measured window."""

    ready: Usage
    connected: Usage
    start: Usage
    end: Usage

    @property
    def seconds(self) -> float:
        return (self.end.at_ns - self.start.at_ns) / 1e9

    @property
    def server_cpu(self) -> float:
        """CPU seconds a second, over the samples' own distance and not the fleet's window: a late
        sample then makes no error."""
        return (self.end.cpu_ns - self.start.cpu_ns) / (self.end.at_ns - self.start.at_ns)

    @property
    def switches_per_second(self) -> float:
        def total(usage: Usage) -> int:
            return usage.voluntary_switches + usage.involuntary_switches

        return (total(self.end) - total(self.start)) / self.seconds


@dataclass(frozen=True, slots=True)
class Fleet:
    """All fleets of a trial as one: counts added, histograms merged without loss."""

    requests: int
    seconds: float
    errors: Mapping[str, int]
    idle_alive: int
    latency: HdrHistogram
    cpu: float
    waited: float
    listen_dropped: int
    served: int
    stopped_by: tuple[str, ...]


def merged(results: Sequence[Mapping[str, Any]]) -> Fleet:
    """`cpu` and `waited` are those of the busiest fleet, in seconds a second; the fleets share a
    network namespace, so its drop counters are read once."""
    errors: dict[str, int] = {}
    for result in results:
        for kind, count in result["errors"].items():
            errors[kind] = errors.get(kind, 0) + int(count)
    walls = [max(1, int(result["cpu"]["wall_ns"])) for result in results]
    net = results[0].get("net") or {}
    return Fleet(
        requests=sum(int(result["requests"]) for result in results),
        seconds=max(float(result["seconds"]) for result in results),
        errors=errors,
        idle_alive=sum(int(result.get("idle_alive") or 0) for result in results),
        latency=_histograms(result["latency"] for result in results),
        cpu=max(_busy(result["cpu"]) / wall for result, wall in zip(results, walls, strict=True)),
        waited=max(
            int(result["cpu"].get("wait_ns") or 0) / wall
            for result, wall in zip(results, walls, strict=True)
        ),
        listen_dropped=int(net.get("listen_overflows") or 0) + int(net.get("listen_drops") or 0),
        served=sum(int(result.get("served") or 0) for result in results),
        stopped_by=tuple(str(r["stopped_by"]) for r in results if r.get("stopped_by")),
    )


def load_metrics(window: Window, fleet: Fleet, connected: Sequence[Mapping[str, Any]]) -> Metrics:
    metrics: Metrics = {"idle_alive": fleet.idle_alive, **_driven(window, fleet, connected)}
    if fleet.requests == 0 or fleet.seconds <= 0:
        return metrics
    rate = fleet.requests / fleet.seconds
    metrics["rate"] = rate
    metrics["cpu_per_request"] = window.server_cpu / rate * 1e9
    metrics["switches_per_request"] = window.switches_per_second / rate
    for name, percentile in PERCENTILES.items():
        metrics[name] = fleet.latency.get_value_at_percentile(percentile)
    metrics["max_latency"] = fleet.latency.get_max_value()
    return metrics


def stream_metrics(
    window: Window,
    fleet: Fleet,
    connected: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
) -> Metrics:
    """Lateness against each listener's own schedule; the stalled count in none of the figures but
    `dropped`."""
    streams = [result["stream"] for result in results]
    frames = sum(int(stream["frames"]) for stream in streams)
    listeners = sum(int(stream["listeners"]) for stream in streams)
    metrics: Metrics = {
        **_driven(window, fleet, connected),
        "gaps": sum(int(stream["gaps"]) for stream in streams),
        "dropped": sum(int(stream["stalled"]["dropped"]) for stream in streams),
    }
    if frames == 0 or listeners == 0 or fleet.seconds <= 0:
        return metrics
    lateness, jitter = (
        _histograms(stream[name] for stream in streams) for name in ("lateness", "jitter")
    )
    metrics["frame_rate"] = frames / listeners / fleet.seconds
    metrics["late_frames"] = sum(int(stream["late"]) for stream in streams) / frames
    metrics["lateness_p50"] = lateness.get_value_at_percentile(50.0)
    metrics["lateness_p99"] = lateness.get_value_at_percentile(99.0)
    metrics["jitter_p99"] = jitter.get_value_at_percentile(99.0)
    return metrics


def ceiling_metrics(
    window: Window,
    fleet: Fleet,
    connected: Sequence[Mapping[str, Any]],
    refusals: Sequence[tuple[str, int]],
) -> Metrics:
    """`limit` is what the server itself named first; `none` when nothing stopped the fleet."""
    capped = set(fleet.stopped_by) <= {"cap"}
    limit, descriptor = refusals[0] if refusals else ("none" if capped else "unnamed", None)
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


def saturation(measure: str, metrics: Metrics, fleet: Fleet) -> str | None:
    """Why the numbers may be the instrument's and not the server's; None when they are not."""
    if "own_limit" in fleet.stopped_by or fleet.errors.get("own_limit"):
        return "the fleet itself ran out of descriptors"
    return None if measure == "ceiling" else next(_spoilers(measure, metrics, fleet), None)


def _spoilers(measure: str, metrics: Metrics, fleet: Fleet) -> Iterator[str]:
    server_cpu = float(metrics["server_cpu"])
    if fleet.listen_dropped:
        yield f"the listen queue dropped {fleet.listen_dropped} connections; raise somaxconn"
    if measure == "load" and "rate" not in metrics:
        yield "no request completed inside the window; make `duration` longer"
    if fleet.waited >= FLEET_WAITED:
        yield (
            f"the fleet waited for its CPU during {fleet.waited:.0%} of the window: something else "
            "runs on this machine"
        )
    if fleet.cpu >= FLEET_BUSY and server_cpu < SERVER_SLACK:
        yield (
            f"the fleet was the bottleneck: it used {fleet.cpu:.0%} of its CPU, the server "
            f"{server_cpu:.0%}; raise `fleets` or lower `active`"
        )


def _driven(window: Window, fleet: Fleet, connected: Sequence[Mapping[str, Any]]) -> Metrics:
    """What every driven trial has, whatever it is driven with."""
    held = sum(int(event["idle"]) + int(event["active"]) for event in connected)
    return {
        "errors": sum(fleet.errors.values()),
        "server_cpu": window.server_cpu,
        "fleet_cpu": fleet.cpu,
        "threads": window.end.threads,
        "processes": window.end.processes,
        **_held_metrics(window, held, connected),
    }


def _histograms(encoded: Iterable[str]) -> HdrHistogram:
    """Counts added bucket by bucket: nothing is lost."""
    whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for text in encoded:
        if text:
            whole.add(HdrHistogram.decode(text))
    return whole


def _held_metrics(window: Window, held: int, connected: Sequence[Mapping[str, Any]]) -> Metrics:
    """Resident memory rounds to pages: below a hundred connections it would say nothing."""
    metrics: Metrics = {}
    if held >= 100:
        grown = window.connected.rss_bytes - window.ready.rss_bytes
        metrics["memory_per_connection"] = max(0, grown) / held
    seconds = max(float(event["seconds"]) for event in connected)
    if seconds > 0 and held:
        metrics["connected_rate"] = held / seconds
    return metrics


def _busy(cpu: Mapping[str, Any]) -> float:
    if cpu.get("run_ns"):
        return float(cpu["run_ns"])
    return float(cpu["user_ns"]) + float(cpu["system_ns"])
