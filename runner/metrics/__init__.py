"""Samples to metrics, and whether they may be believed. Pure."""

from __future__ import annotations

from runner.metrics.figures import Metrics, ceiling_metrics, load_metrics, stream_metrics
from runner.metrics.fleet import (
    DIGITS,
    HIGHEST_NS,
    LOWEST_NS,
    Fleet,
    busy,
    merged,
    share_of,
    stretch,
)
from runner.metrics.series import series, without_steps
from runner.metrics.validity import indistinct, remarks, saturation, spoilers
from runner.metrics.window import Window

__all__ = [
    "DIGITS",
    "HIGHEST_NS",
    "LOWEST_NS",
    "Fleet",
    "Metrics",
    "Window",
    "busy",
    "ceiling_metrics",
    "indistinct",
    "load_metrics",
    "merged",
    "remarks",
    "saturation",
    "series",
    "share_of",
    "spoilers",
    "stream_metrics",
    "stretch",
    "without_steps",
]
