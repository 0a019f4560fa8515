"""The kinds of measurement, one file each: what a spec may say of it, what a trial starts and
holds, what it yields, and whose fault an error is.

No other file tells the kinds apart by name. The steps of a kind's trial are in `runner/measure/`,
in the file of the same name: they need an engine, which a spec does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from runner.kinds.ceiling import CEILING
from runner.kinds.kind import Kind, Tool
from runner.kinds.load import LOAD
from runner.kinds.probe import PROBE
from runner.kinds.stream import STREAM
from runner.kinds.trace import TRACE

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (LOAD, CEILING, STREAM, PROBE, TRACE)}
"""Every kind by its name."""

__all__ = ["CEILING", "KINDS", "LOAD", "PROBE", "STREAM", "TRACE", "Kind", "Tool"]
