"""Metrics that several kinds of measurement yield."""

from __future__ import annotations

from runner.kinds.metric import Metric

DRIVEN = (
    Metric("server_cpu", "CPUs", "CPUs that the server used", better="lower", accounted=True),
    Metric("fleet_cpu", "CPUs", "CPUs the load generator used", better="lower"),
    Metric("errors", "errors", "lost, late, wrong or refused replies", better="lower", fact=True,
           can_be_zero=True),
    Metric("memory_per_connection", "bytes", "server memory added by each connection",
           better="lower", fact=True, can_be_zero=True, accounted=True),
    Metric("threads", "threads", "threads in all processes of the server", fact=True,
           accounted=True),
    Metric("processes", "processes", "processes of the server", fact=True, accounted=True),
    Metric("connect_rate", "connections/s", "connects per second", better="higher",
           former="connected_rate"),
)  # fmt: skip
"""Of every trial with a load generator."""

SERVED = Metric(
    "served", "connections", "connections served at once", better="higher", fact=True,
    can_be_zero=True,
)  # fmt: skip
IDLE_CPU = Metric(
    "idle_cpu", "CPUs", "CPUs used while all clients are silent", better="lower", can_be_zero=True
)
SWITCHES = Metric(
    "switches_per_request",
    "switches",
    "context switches of the server per request",
    better="lower",
    accounted=True,
)
