"""Samples to metrics, and whether they may be believed. Pure."""

from __future__ import annotations

from runner.metrics.blame import faults, silences
from runner.metrics.figures import Metrics, ceiling_metrics, load_metrics, stopped, stream_metrics
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
from runner.metrics.lack import lacking, lacks, taken
from runner.metrics.refusals import UNKNOWN, Claim, Seen, contradicted, impossible
from runner.metrics.series import series, without_steps
from runner.metrics.validity import indistinct, remarks, saturation, spoilers
from runner.metrics.window import Window

__all__ = [
    "DIGITS",
    "HIGHEST_NS",
    "LOWEST_NS",
    "UNKNOWN",
    "Claim",
    "Fleet",
    "Metrics",
    "Seen",
    "Window",
    "busy",
    "ceiling_metrics",
    "contradicted",
    "faults",
    "impossible",
    "indistinct",
    "lacking",
    "lacks",
    "load_metrics",
    "merged",
    "remarks",
    "saturation",
    "series",
    "share_of",
    "silences",
    "spoilers",
    "stopped",
    "stream_metrics",
    "stretch",
    "taken",
    "without_steps",
]
