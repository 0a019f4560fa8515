"""What can be expected of a trial: every metric that has a name, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["load", "ceiling", "stream", "probe", "trace"]


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
    Metric("rate", "requests/s", "number", "higher", _LOAD, "answered requests a second"),
    Metric("p50", "ns", "number", "lower", _LOAD, "half of the answers came within this time"),
    Metric("p90", "ns", "number", "lower", _LOAD, "90% of the answers came within this time"),
    Metric("p99", "ns", "number", "lower", _LOAD, "99% of the answers came within this time"),
    Metric("p999", "ns", "number", "lower", _LOAD, "99.9% of the answers came within this time"),
    Metric("max_latency", "ns", "number", "lower", _LOAD, "the slowest answer"),
    Metric("p50_uncorrected", "ns", "number", "lower", _LOAD, "p50 from the sending, open loop"),
    Metric("p99_uncorrected", "ns", "number", "lower", _LOAD, "p99 from the sending, open loop"),
    Metric("lag_p99", "ns", "number", "lower", _LOAD, "99% were sent so late because of the fleet"),
    Metric(
        "accept_rate",
        "connections/s",
        "number",
        "higher",
        _LOAD,
        "connections opened anew a second",
    ),
    Metric("unsent", "share", "number", "lower", _LOAD, "requests due that were never sent"),
    Metric("cpu_per_request", "ns", "number", "lower", _LOAD, "server's CPU time for a request"),
    Metric("server_cpu", "CPUs", "number", "lower", _EVERY, "share of one CPU the server used"),
    Metric("fleet_cpu", "CPUs", "number", "lower", _EVERY, "share of one CPU the fleet used"),
    Metric("errors", "errors", "number", "lower", _EVERY, "lost, late, wrong or refused bytes"),
    Metric(
        "memory_per_connection",
        "bytes",
        "number",
        "lower",
        _EVERY,
        "memory that each connection added to the server",
    ),
    Metric("threads", "threads", "number", None, _EVERY, "threads of the server, all processes"),
    Metric("processes", "processes", "number", None, _EVERY, "processes of the server"),
    Metric(
        "switches_per_request",
        "switches",
        "number",
        "lower",
        (*_LOAD, *_TRACE),
        "context switches of the server for a request",
    ),
    Metric("served", "connections", "number", "higher", _CEILING, "connections echoed at once"),
    Metric("refused_fd", "descriptor", "number", None, _CEILING, "descriptor refused first"),
    Metric("limit", "name", "text", None, _CEILING, "the limit that stopped the server, by name"),
    Metric("connected_rate", "connections/s", "number", "higher", _EVERY, "connections a second"),
    Metric("idle_alive", "connections", "number", None, _LOAD, "idle connections left at the end"),
    Metric("frame_rate", "frames/s", "number", None, _STREAM, "frames a second, each listener"),
    Metric("late_frames", "share", "number", "lower", _STREAM, "frames later than one frame"),
    Metric("lateness_p50", "ns", "number", "lower", _STREAM, "half of the frames were so late"),
    Metric("lateness_p99", "ns", "number", "lower", _STREAM, "99% were no later than this"),
    Metric("jitter_p99", "ns", "number", "lower", _STREAM, "off the even distance of two frames"),
    Metric("gaps", "gaps", "number", "lower", _STREAM, "frames missing in a good listener's row"),
    Metric("dropped", "listeners", "number", None, _STREAM, "stalled listeners the server dropped"),
    Metric("findings", "findings", "number", None, _PROBE, "facts that the probe told"),
    Metric("model", "name", "text", None, _TRACE, "the I/O model that it was seen to follow"),
    Metric("tells", "name", "text", None, _TRACE, "what a notification says"),
    Metric("synchrony", "name", "text", None, _TRACE, "synchronous or asynchronous"),
    Metric("blocking", "name", "text", None, _TRACE, "whether a read slept for the data"),
    Metric("sleeps_in", "name", "text", None, _TRACE, "the call in which it waits"),
    Metric("copies_by", "name", "text", None, _TRACE, "who copies the bytes"),
    Metric("notified_by", "name", "text", None, _TRACE, "how the thread that serves is told"),
    Metric("serves", "name", "text", None, _TRACE, "how many threads and processes serve"),
    Metric("calls_per_request", "calls", "number", "lower", _TRACE, "system calls that serve one"),
    Metric("eagain_share", "share", "number", "lower", _TRACE, "reads in vain, of all reads"),
    Metric(
        "border_bytes_per_event",
        "bytes",
        "number",
        "lower",
        _TRACE,
        "sets of descriptors copied to and from the kernel for an event",
    ),
    Metric("wait_asleep", "share", "number", None, _TRACE, "of the silence, slept by who waits"),
    Metric(
        "copies_after_told", "calls", "number", None, _TRACE, "calls that copy, once it is told"
    ),
    Metric("readers", "threads", "number", None, _TRACE, "threads that read from clients"),
    Metric("new_threads", "threads", "number", None, _TRACE, "threads made once clients came"),
    Metric("new_processes", "processes", "number", None, _TRACE, "processes made then"),
    Metric("epoll_mmaps", "calls", "number", None, _TRACE, "mmap of an epoll descriptor"),
    Metric("idle_cpu", "CPUs", "number", "lower", _TRACE, "CPU used while all were silent"),
)

METRICS = {metric.name: metric for metric in _TABLE}
NUMBERS = tuple(metric.name for metric in _TABLE if metric.kind == "number")

CAN_BE_ZERO = frozenset(
    {
        "accept_rate", "unsent", "errors", "memory_per_connection", "idle_alive", "served",
        "late_frames", "gaps", "dropped", "findings", "eagain_share", "border_bytes_per_event",
        "wait_asleep", "copies_after_told", "readers", "new_threads", "new_processes",
        "epoll_mmaps", "idle_cpu",
    }
)  # fmt: skip
"""Metrics that a sound trial of a good server yields as 0, of which there is no ratio."""
