"""A column of the table that shows the cells of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Show = Literal["median", "percent", "values", "half range", "of best", "repeats"]
"""median: of the valid repeats. percent: the same as a percentage. values: every different value.
half range: of the repeats, as a percentage of the median. of best: the median as a share of the
best ranked row's. repeats: how many are valid."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    metric: str = ""
    show: Show = "median"
    unit: float = 1
    """What the metric is divided by: 1e3 shows ns as µs."""
    digits: int = 0
    """Digits after the point."""
    above: float | None = None
    """The value is left out where no repeat has more than this."""
    spare: int = 0
    """The order in which columns are left out where there is no room: the highest first, 0
    never."""
    note: str = ""
    """What it shows, where its name does not say so: a line under the table."""


REPEATS = "valid repeats"
