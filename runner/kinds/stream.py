"""Paced frames to many listeners: how late they are, beside listeners that do not read."""

from __future__ import annotations

from runner.kinds.column import REPEATS, Column
from runner.kinds.errors import LATE, LOST, WRONG
from runner.kinds.kind import Kind
from runner.kinds.metric import Metric
from runner.kinds.shared_metrics import DRIVEN

_METRICS = (
    Metric("frame_rate", "frames/s", "frames per second and listener"),
    Metric("late_frame_share", "share", "frames that came more than one frame's time late",
           better="lower", can_be_zero=True, former="late_frames"),
    Metric("lateness_p50", "ns", "50% of the frames came at most so late", better="lower"),
    Metric("lateness_p99", "ns", "99% of the frames came at most so late", better="lower"),
    Metric("jitter_p99", "ns", "99% of the frame intervals were off by at most this",
           better="lower"),
    Metric("gaps", "gaps", "gaps in the frames of reading listeners", better="lower", fact=True,
           can_be_zero=True),
    Metric("dropped_listeners", "listeners", "stalled listeners that the server disconnected",
           fact=True, can_be_zero=True, former="dropped"),
    *DRIVEN,
)  # fmt: skip
_COLUMNS = (
    Column("frames/s", "frame_rate", digits=1),
    Column("late frames %", "late_frame_share", unit=0.01, digits=2),
    Column("lateness p50 µs", "lateness_p50", unit=1e3, spare=2),
    Column("lateness p99 µs", "lateness_p99", unit=1e3, spare=1),
    Column("jitter p99 µs", "jitter_p99", unit=1e3, spare=4),
    Column("gaps", "gaps", "values", spare=3),
    Column("dropped listeners", "dropped_listeners", "values", spare=5),
    Column("server CPU", "server_cpu", "percent", spare=6),
    Column("threads", "threads", "values", spare=8),
    Column("n", show="repeats", spare=7, note=REPEATS),
)  # fmt: skip

STREAM = Kind(
    name="stream",
    about="listen to paced frames",
    axes=("listeners", "stalled"),
    tools=("fleet",),
    windowed=True,
    faults=(*WRONG, *LOST),
    silences=LATE,
    metrics=_METRICS,
    columns=_COLUMNS,
    headline="{frame_rate:.1f} frames/s to each listener",
    compared=("lateness_p99",),
    figures=("metrics", "latenesses"),
    outliers=("frame_rate",),
)
