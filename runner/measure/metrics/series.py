"""The window step by step, all fleets together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from runner.measure.metrics.fleet import histograms

_STEPS = ("series_latency", "series_p50_ns", "series_p99_ns")


def series(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Requests of each step, and their p50 and p99 in ns: of several fleets from the merged
    histograms; null where they had too many steps to keep them."""
    counts = [result.get("series") or [] for result in results]
    encoded = [list(result.get("series_latency") or ()) for result in results]
    found: dict[str, Any] = {
        "interval_ns": results[0].get("interval_ns"),
        "requests": [sum(step) for step in zip_longest(*counts, fillvalue=0)],
        "p50_ns": None,
        "p99_ns": None,
    }
    if len(results) == 1:
        found["p50_ns"] = results[0].get("series_p50_ns")
        found["p99_ns"] = results[0].get("series_p99_ns")
    elif all(encoded):
        steps = [histograms(filter(None, step)) for step in zip_longest(*encoded)]
        for name, percentile in (("p50_ns", 50.0), ("p99_ns", 99.0)):
            found[name] = [step.get_value_at_percentile(percentile) for step in steps]
    return found


def without_steps(result: Mapping[str, Any]) -> dict[str, Any]:
    """What of a fleet's result is kept: its steps are in the series of all fleets."""
    return {key: value for key, value in result.items() if key not in _STEPS}
