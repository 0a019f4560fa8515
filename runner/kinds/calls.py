"""Requests under a tracer of system calls: what the server does for each of them."""

from __future__ import annotations

from runner.kinds.column import Column
from runner.kinds.errors import LATE, LOST, WRONG
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric

_METRICS = (
    Metric("syscalls_per_request", "calls", "all system calls of the server per request",
           better="lower", fact=True),
    Metric("memory_calls_per_request", "calls",
           "calls that change the server's memory (brk, mmap, munmap, mremap, madvise) per request",
           better="lower", fact=True, can_be_zero=True),
    Metric("lock_calls_per_request", "calls", "futex calls of the server per request",
           better="lower", fact=True, can_be_zero=True),
    Metric("bytes_copied_per_request", "bytes",
           "bytes that calls copied between user and kernel per request: data and descriptor sets",
           better="lower", fact=True),
    Metric("multiplexers", "multiplexers",
           "multiplexers that watch sockets: each of select and poll, each epoll descriptor",
           better="lower", fact=True, can_be_zero=True),
    Metric("reads_per_wakeup", "calls",
           "the most reads of one connection between two returns of the multiplexer",
           better="lower", fact=True, can_be_zero=True),
    Metric("writes_per_wakeup", "calls",
           "the most writes to one connection between two returns of the multiplexer",
           better="lower", fact=True, can_be_zero=True),
    Metric("io_without_readiness", "calls",
           "reads and writes of connections that the multiplexer had not reported",
           better="lower", fact=True, can_be_zero=True),
    Metric("partial_waits", "calls",
           "waits that left out an open connection, the listening socket, or reading",
           better="lower", fact=True, can_be_zero=True),
    Metric("kept_after_error", "connections",
           "connections that were still open ten wake-ups after they failed",
           better="lower", fact=True, can_be_zero=True),
    Metric("calls_by_name", "name", "the system calls per request, by name", fact=True),
)  # fmt: skip
_COLUMNS = (
    Column("calls/req", "syscalls_per_request", digits=2,
           note="a traced server is slow: per request it has fewer waits than without a tracer, "
                "and more futex calls that time out"),
    Column("memory calls/req", "memory_calls_per_request", digits=2, spare=1,
           note="brk, mmap, munmap, mremap, madvise"),
    Column("bytes copied/req", "bytes_copied_per_request", spare=2,
           note="data and descriptor sets that calls copied between user and kernel"),
    Column("by name", "calls_by_name", "values", spare=3),
)  # fmt: skip

CALLS = Kind(
    name="calls",
    about="count the system calls of each request, under a tracer and under load",
    axes=(
        "idle", "active", "payload", "pipeline", "requests_per_connection", "churn",
        "slow_readers", "slow_writers", "first_crowd",
    ),
    settings=("exchange", "close"),
    idle_most=1000,  # under a tracer they come one by one, and slowly
    tools=("fleet", "tracer"),
    seconds=1.5,
    seconds_each=0.005,
    side_by_side=2,
    faults=(*WRONG, *LOST),
    silences=LATE,
    metrics=_METRICS,
    columns=_COLUMNS,
    figures=("calls",),
    headline="{syscalls_per_request:.2f} system calls per request",
)  # fmt: skip
