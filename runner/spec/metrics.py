"""What can be expected of a trial: every metric that has a name, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = str


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    unit: str
    kind: Literal["number", "text"]
    better: Literal["higher", "lower"] | None
    measures: tuple[Measure, ...]
    """The kinds of measurement that yield it."""
    meaning: str


_LOAD: tuple[Measure, ...] = ("load",)
_CEILING: tuple[Measure, ...] = ("ceiling",)
_STREAM: tuple[Measure, ...] = ("stream",)
_PROBE: tuple[Measure, ...] = ("probe",)
_TRACE: tuple[Measure, ...] = ("trace",)
_EVERY: tuple[Measure, ...] = ("load", "ceiling", "stream")

_TABLE = (
    Metric("rate", "requests/s", "number", "higher", _LOAD, "answered requests per second"),
    Metric("p50", "ns", "number", "lower", _LOAD, "latency: 50% of the replies took at most this"),
    Metric("p90", "ns", "number", "lower", _LOAD, "latency: 90% of the replies took at most this"),
    Metric("p99", "ns", "number", "lower", _LOAD, "latency: 99% of the replies took at most this"),
    Metric("p999", "ns", "number", "lower", _LOAD, "latency: 99.9% of them took at most this"),
    Metric("max_latency", "ns", "number", "lower", _LOAD, "latency of the slowest reply"),
    Metric("p50_uncorrected", "ns", "number", "lower", _LOAD, "open loop: p50 counted from send"),
    Metric("p99_uncorrected", "ns", "number", "lower", _LOAD, "open loop: p99 counted from send"),
    Metric(
        "send_lag_p99",
        "ns",
        "number",
        "lower",
        _LOAD,
        "99% of the requests were sent at most this late by the load generator",
    ),
    Metric(
        "accept_rate",
        "connections/s",
        "number",
        "higher",
        _LOAD,
        "connections closed and opened anew per second",
    ),
    Metric("unsent_share", "share", "number", "lower", _LOAD, "due requests that were never sent"),
    Metric("cpu_per_request", "ns", "number", "lower", _LOAD, "server's CPU time per request"),
    Metric("server_cpu", "CPUs", "number", "lower", _EVERY, "CPUs that the server used"),
    Metric("fleet_cpu", "CPUs", "number", "lower", _EVERY, "CPUs the load generator used"),
    Metric("errors", "errors", "number", "lower", _EVERY, "lost, late, wrong or refused replies"),
    Metric(
        "memory_per_connection",
        "bytes",
        "number",
        "lower",
        _EVERY,
        "server memory added by each connection",
    ),
    Metric("threads", "threads", "number", None, _EVERY, "threads in all processes of the server"),
    Metric("processes", "processes", "number", None, _EVERY, "processes of the server"),
    Metric(
        "switches_per_request",
        "switches",
        "number",
        "lower",
        (*_LOAD, *_TRACE),
        "context switches of the server per request",
    ),
    Metric("served", "connections", "number", "higher", _CEILING, "connections served at once"),
    Metric("refused_fd", "descriptor", "number", None, _CEILING, "first refused descriptor"),
    Metric("limit", "name", "text", None, _CEILING, "name of the limit that stopped the server"),
    Metric("connect_rate", "connections/s", "number", "higher", _EVERY, "connects per second"),
    Metric("idle_alive", "connections", "number", None, _LOAD, "idle connections open at the end"),
    Metric("frame_rate", "frames/s", "number", None, _STREAM, "frames per second and listener"),
    Metric(
        "late_frame_share",
        "share",
        "number",
        "lower",
        _STREAM,
        "frames that came more than one frame's time late",
    ),
    Metric(
        "lateness_p50", "ns", "number", "lower", _STREAM, "50% of the frames came at most so late"
    ),
    Metric(
        "lateness_p99", "ns", "number", "lower", _STREAM, "99% of the frames came at most so late"
    ),
    Metric(
        "jitter_p99",
        "ns",
        "number",
        "lower",
        _STREAM,
        "99% of the frame intervals were off by at most this",
    ),
    Metric("gaps", "gaps", "number", "lower", _STREAM, "gaps in the frames of reading listeners"),
    Metric(
        "dropped_listeners",
        "listeners",
        "number",
        None,
        _STREAM,
        "stalled listeners that the server disconnected",
    ),
    Metric("findings", "findings", "number", None, _PROBE, "facts that the probe reported"),
    Metric("model", "name", "text", None, _TRACE, "the observed I/O model"),
    Metric(
        "notification_means",
        "name",
        "text",
        None,
        _TRACE,
        "what a notification means: readiness, completion, or nothing (there is none)",
    ),
    Metric("synchrony", "name", "text", None, _TRACE, "synchronous or asynchronous"),
    Metric("blocking", "name", "text", None, _TRACE, "whether a read blocks until data arrives"),
    Metric("blocks_in", "name", "text", None, _TRACE, "the call in which the thread blocks"),
    Metric("copied_by", "name", "text", None, _TRACE, "what copies the received bytes"),
    Metric("notified_by", "name", "text", None, _TRACE, "what notifies the serving thread"),
    Metric("concurrency", "name", "text", None, _TRACE, "how many threads and processes serve"),
    Metric("calls_per_request", "calls", "number", "lower", _TRACE, "system calls per request"),
    Metric("eagain_share", "share", "number", "lower", _TRACE, "reads that returned EAGAIN"),
    Metric(
        "syscall_bytes_per_event",
        "bytes",
        "number",
        "lower",
        _TRACE,
        "bytes of descriptor sets copied to and from the kernel per event",
    ),
    Metric(
        "wait_blocked_share",
        "share",
        "number",
        None,
        _TRACE,
        "share of a silence for which the waiting thread was blocked",
    ),
    Metric(
        "copies_after_notification",
        "calls",
        "number",
        None,
        _TRACE,
        "calls that copy a request after its notification",
    ),
    Metric("reader_threads", "threads", "number", None, _TRACE, "threads that read from clients"),
    Metric("new_threads", "threads", "number", None, _TRACE, "threads created for clients"),
    Metric("new_processes", "processes", "number", None, _TRACE, "processes created for clients"),
    Metric("epoll_mmaps", "calls", "number", None, _TRACE, "mmap calls on an epoll descriptor"),
    Metric("idle_cpu", "CPUs", "number", "lower", _TRACE, "CPUs used while all clients are silent"),
)

METRICS = {metric.name: metric for metric in _TABLE}
NUMBERS = tuple(metric.name for metric in _TABLE if metric.kind == "number")

RENAMED = {
    "border_bytes_per_event": "syscall_bytes_per_event",
    "connected_rate": "connect_rate",
    "copies_after_told": "copies_after_notification",
    "copies_by": "copied_by",
    "dropped": "dropped_listeners",
    "lag_p99": "send_lag_p99",
    "late_frames": "late_frame_share",
    "readers": "reader_threads",
    "serves": "concurrency",
    "sleeps_in": "blocks_in",
    "tells": "notification_means",
    "unsent": "unsent_share",
    "wait_asleep": "wait_blocked_share",
}
"""Former names of metrics: old runs are read with the names of today, specs get a hint."""

CAN_BE_ZERO = frozenset(
    {
        "accept_rate", "unsent_share", "errors", "memory_per_connection", "idle_alive", "served",
        "late_frame_share", "gaps", "dropped_listeners", "findings", "eagain_share",
        "syscall_bytes_per_event", "wait_blocked_share", "copies_after_notification",
        "reader_threads", "new_threads", "new_processes", "epoll_mmaps", "idle_cpu",
    }
)  # fmt: skip
"""Metrics that a valid trial of a good server may yield as 0, so that no ratio exists."""
