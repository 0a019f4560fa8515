"""Two runs, or a baseline and a run, cell by cell: better, worse, the same, or unclear. Pure.

Figures are compared only where everything but the code under test was the same; what differs is
named. Ratios inside a run (`ratios=True`) are compared across machines.
"""

from __future__ import annotations

from runner.compare.baseline import SIZE_MAX, BaselineError, read_baseline, write_baseline
from runner.compare.comparison import Change, Comparison, Note, Row
from runner.compare.conditions import unlike
from runner.compare.rows import compare
from runner.compare.side import MeasuredCell, Side, SideError, side_of
from runner.compare.why import Differs

__all__ = [
    "SIZE_MAX",
    "BaselineError",
    "Change",
    "Comparison",
    "Differs",
    "MeasuredCell",
    "Note",
    "Row",
    "Side",
    "SideError",
    "compare",
    "read_baseline",
    "side_of",
    "unlike",
    "write_baseline",
]
