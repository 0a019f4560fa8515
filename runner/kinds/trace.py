"""A conversation under a tracer of system calls: which I/O model the server is seen to follow."""

from __future__ import annotations

from runner.kinds.column import Column
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric
from runner.kinds.shared_metrics import IDLE_CPU, SWITCHES

_METRICS = (
    Metric("model", "name", "the observed I/O model", fact=True),
    Metric("notification_means", "name",
           "what a notification means: readiness, completion, or nothing (there is none)",
           fact=True, former="tells"),
    Metric("synchrony", "name", "whether a read is complete at its notification (asynchronous)",
           fact=True),
    Metric("blocking", "name", "whether the thread is blocked while there are no data", fact=True),
    Metric("blocks_in", "name", "the call in which the thread blocks", fact=True,
           former="sleeps_in"),
    Metric("copied_by", "name", "what copies the received bytes", fact=True, former="copies_by"),
    Metric("notified_by", "name", "what notifies the serving thread", fact=True),
    Metric("concurrency", "name", "how many threads and processes serve", fact=True,
           former="serves"),
    Metric("watches", "name", "how epoll watches the clients: level or edge", fact=True),
    Metric("nonblocking", "name", "whether reads from clients are non-blocking", fact=True),
    Metric("calls_per_request", "calls", "system calls per request", better="lower"),
    Metric("eagain_share", "share", "reads that returned EAGAIN", better="lower", can_be_zero=True),
    Metric("syscall_bytes_per_event", "bytes",
           "bytes of descriptor sets copied to and from the kernel per event", better="lower",
           fact=True, can_be_zero=True, former="border_bytes_per_event"),
    Metric("wait_blocked_share", "share",
           "share of a silence for which the waiting thread was blocked", can_be_zero=True,
           former="wait_asleep"),
    Metric("copies_after_notification", "calls", "calls that copy a request after its notification",
           fact=True, can_be_zero=True, former="copies_after_told"),
    Metric("reader_threads", "threads", "threads that read from clients", fact=True,
           can_be_zero=True, former="readers"),
    Metric("new_threads", "threads", "threads created for clients", fact=True, can_be_zero=True),
    Metric("new_processes", "processes", "processes created for clients", fact=True,
           can_be_zero=True),
    Metric("epoll_mmaps", "calls", "mmap calls on an epoll descriptor", fact=True,
           can_be_zero=True),
    Metric("event_loop", "name",
           "the library of which the server loaded an event loop, such as asyncio; or none",
           fact=True),
    Metric("coroutines", "coroutines", "coroutines of Python that ran during the conversation",
           fact=True, can_be_zero=True),
    IDLE_CPU,
    SWITCHES,
)  # fmt: skip
_COLUMNS = (
    Column("observed model", "model", "values"),
    Column("blocks in", "blocks_in", "values", spare=1),
    Column("notification", "notified_by", "values", spare=5),
    Column("notification means", "notification_means", "values", spare=4),
    Column("copied by", "copied_by", "values", spare=2),
    Column("calls/req", "calls_per_request", digits=1, spare=6),
    Column("EAGAIN %", "eagain_share", unit=0.01, spare=8),
    Column("syscall bytes/event", "syscall_bytes_per_event", spare=3,
           note="bytes of descriptor sets copied to and from the kernel, per event"),
    Column("idle CPU", "idle_cpu", "percent", spare=7),
)  # fmt: skip

TRACE = Kind(
    name="trace",
    about="trace system calls of a short conversation beside idle connections (`idle`)",
    axes=("idle",),
    idle_most=1000,  # under a tracer they come one by one, and slowly
    tools=("talker", "tracer"),
    seconds=2.0,
    side_by_side=5,  # the conversations are mostly silence
    seconds_each=0.012,
    metrics=_METRICS,
    columns=_COLUMNS,
    figures=("axes",),
    headline="observed: {model}",
)
