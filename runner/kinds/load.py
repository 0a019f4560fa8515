"""Requests for a while: the rate, the latency and the cost of the replies."""

from __future__ import annotations

from runner.kinds.column import REPEATS, Column
from runner.kinds.errors import LATE, LOST, STATUS, WRONG
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric
from runner.kinds.shared_metrics import DRIVEN, SWITCHES

_AXES = (
    "idle", "active", "payload", "rate", "pipeline", "requests_per_connection", "churn",
    "slow_readers", "slow_writers", "first_crowd",
)  # fmt: skip
_METRICS = (
    Metric("rate", "requests/s", "answered requests per second", better="higher"),
    Metric("p50", "ns", "latency: 50% of the replies took at most this", better="lower"),
    Metric("p90", "ns", "latency: 90% of the replies took at most this", better="lower"),
    Metric("p99", "ns", "latency: 99% of the replies took at most this", better="lower"),
    Metric("p999", "ns", "latency: 99.9% of them took at most this", better="lower"),
    Metric("max_latency", "ns", "latency of the slowest reply", better="lower"),
    Metric("p50_uncorrected", "ns", "open loop: p50 counted from send", better="lower"),
    Metric("p99_uncorrected", "ns", "open loop: p99 counted from send", better="lower"),
    Metric("send_lag_p99", "ns",
           "99% of the requests were sent at most this late by the load generator", better="lower",
           former="lag_p99"),
    Metric("accept_rate", "connections/s", "connections closed and opened anew per second",
           better="higher", can_be_zero=True),
    Metric("unsent_share", "share", "due requests that were never sent", better="lower",
           can_be_zero=True, former="unsent"),
    Metric("cpu_per_request", "ns", "server's CPU time per request", better="lower",
           accounted=True),
    *DRIVEN,
    SWITCHES,
    Metric("idle_alive", "connections", "idle connections open at the end", fact=True,
           can_be_zero=True),
)  # fmt: skip
_COLUMNS = (
    Column("req/s", "rate"),
    Column("half range %", "rate", "half range", spare=3,
           note="half of the distance from the lowest to the highest repeat, as a share of the "
                "median"),
    Column("of best", "rate", "of best", spare=2,
           note="the rate as a share of the best ranked rate"),
    Column("p50 µs", "p50", unit=1e3, spare=7),
    Column("p99 µs", "p99", unit=1e3, spare=5),
    Column("CPU/req µs", "cpu_per_request", unit=1e3, digits=1, spare=4),
    Column("switches/req", "switches_per_request", digits=2, spare=13),
    Column("mem/conn B", "memory_per_connection", spare=8),
    Column("threads", "threads", "values", above=1, spare=9),
    Column("processes", "processes", "values", above=1, spare=12),
    Column("server CPU", "server_cpu", "percent", spare=10),
    Column("fleet CPU", "fleet_cpu", "percent", spare=11),
    Column("errors", "errors", "values", above=0, spare=1),
    Column("n", show="repeats", spare=6, note=REPEATS),
)  # fmt: skip

LOAD = Kind(
    name="load",
    about="requests for `duration`",
    axes=_AXES,
    settings=("loop", "arrivals", "think", "exchange", "close", "ramp", "hosts"),
    tools=("fleet",),
    windowed=True,
    requests=True,
    faults=(*WRONG, *LOST),
    unanswered=STATUS,
    silences=LATE,
    metrics=_METRICS,
    columns=_COLUMNS,
    headline="{rate:,.0f} req/s",
    compared=("rate",),
    figures=("metrics", "latencies"),
    outliers=("rate",),
)
