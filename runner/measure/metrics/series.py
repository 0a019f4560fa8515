"""The window step by step, merged from all load generators."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from runner.measure.metrics.fleet import histograms
from runner.records.fleet_output import FleetResult
from runner.records.trial_record import Printed

_STEPS = ("series_latency", "series_p50_ns", "series_p99_ns")


def series(results: Sequence[FleetResult]) -> dict[str, object]:
    """Requests of each step, and their p50 and p99 in ns: of several load generators from the
    merged histograms; null where they had too many steps to keep them."""
    counts = [result.series or () for result in results]
    encoded = [result.series_latency or () for result in results]
    steps_of: dict[str, object] = {
        "interval_ns": results[0].interval_ns,
        "requests": [sum(step) for step in zip_longest(*counts, fillvalue=0)],
        "p50_ns": None,
        "p99_ns": None,
    }
    if len(results) == 1:
        steps_of["p50_ns"] = results[0].series_p50_ns
        steps_of["p99_ns"] = results[0].series_p99_ns
    elif all(encoded):
        steps = [histograms(filter(None, step)) for step in zip_longest(*encoded)]
        for name, percentile in (("p50_ns", 50.0), ("p99_ns", 99.0)):
            steps_of[name] = [step.get_value_at_percentile(percentile) for step in steps]
    return steps_of


def without_steps(result: Printed) -> Printed:
    """A load generator's result without its steps, which are in the merged series."""
    return {key: value for key, value in result.items() if key not in _STEPS}
