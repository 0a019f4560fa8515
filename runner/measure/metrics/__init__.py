"""Computes the metrics of a trial, and whether they are valid. Pure."""

from __future__ import annotations

from runner.measure.metrics.apart import Span, network_bound, overlap, skew, spoiled
from runner.measure.metrics.blame import faults, silences
from runner.measure.metrics.figures import (
    Metrics,
    ceiling_metrics,
    load_metrics,
    stopped,
    stream_metrics,
)
from runner.measure.metrics.fleet import (
    DIGITS,
    HIGHEST_NS,
    LOWEST_NS,
    MergedResult,
    busy,
    merged,
    share_of,
    stretch,
)
from runner.measure.metrics.lack import lacking, lacks, taken
from runner.measure.metrics.refusals import UNKNOWN, Claim, Measured, contradicted, impossible
from runner.measure.metrics.series import series, without_steps
from runner.measure.metrics.validity import (
    indistinct,
    rate_at_most,
    remarks,
    saturation,
    slowed_only,
    spoilers,
)
from runner.measure.metrics.window import Window

__all__ = [
    "DIGITS",
    "HIGHEST_NS",
    "LOWEST_NS",
    "UNKNOWN",
    "Claim",
    "Measured",
    "MergedResult",
    "Metrics",
    "Span",
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
    "network_bound",
    "overlap",
    "rate_at_most",
    "remarks",
    "saturation",
    "series",
    "share_of",
    "silences",
    "skew",
    "slowed_only",
    "spoiled",
    "spoilers",
    "stopped",
    "stream_metrics",
    "stretch",
    "taken",
    "without_steps",
]
