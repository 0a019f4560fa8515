"""The kinds of measurement, one file each: what a spec may say of it, what a trial starts and
holds, what it yields, and whose fault an error is.

No other file tells the kinds apart by name. The steps of a kind's trial are in `runner/measure/`,
in the file of the same name: they need an engine, which a spec does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from runner.kinds.calls import CALLS
from runner.kinds.ceiling import CEILING
from runner.kinds.column import Column
from runner.kinds.conformance import CONFORMANCE
from runner.kinds.kind import Kind, Tool
from runner.kinds.load import LOAD
from runner.kinds.metric import Metric
from runner.kinds.probe import PROBE
from runner.kinds.stream import STREAM
from runner.kinds.trace import TRACE

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (LOAD, CEILING, STREAM, PROBE, TRACE, CALLS, CONFORMANCE)
}
"""Every kind by its name."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for kind in KINDS.values() for metric in kind.metrics
}
"""Every metric by its name, of whatever kind."""
RENAMED: Mapping[str, str] = {each.former: each.name for each in METRICS.values() if each.former}
"""Former names of metrics: old runs are read with the names of today, specs get a hint."""

__all__ = [
    "CALLS",
    "CEILING",
    "CONFORMANCE",
    "KINDS",
    "LOAD",
    "METRICS",
    "PROBE",
    "RENAMED",
    "STREAM",
    "TRACE",
    "Column",
    "Kind",
    "Metric",
    "Tool",
]
