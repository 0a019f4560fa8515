"""What a comparison of two runs is: values, no sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from runner.compare.why import Why
from runner.stats.interval import Interval


class Change(StrEnum):
    WORSE = "worse"
    CHANGED = "changed"  # a fact is another: neither better nor worse by itself
    UNCLEAR = "cannot tell"
    BETTER = "better"
    SAME = "same"
    UNLIKE = "not comparable"


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one cell, or its geometric mean over so many `cells`. `ratio` is the new figure
    over the old one. `loss` is how much worse the new one is, as a share (0.05: 5%), at the two
    ends of the interval: the best and the worst that it may be; negative is better. None where
    there is no interval. A `fact` has its old and its new value in place of a ratio; `why` says
    what kept the row from a figure."""

    experiment: str
    cell: str
    metric: str
    change: Change
    ratio: Interval | None
    loss: tuple[float, float] | None
    repeats: int
    why: Why | None = None
    fact: tuple[str, str] | None = None
    cells: int = 1

    def fails(self, threshold: float) -> bool:
        """Surely worse by more than `threshold`."""
        return self.loss is not None and self.loss[0] > threshold

    def holds(self, threshold: float) -> bool:
        """Surely not worse by more than `threshold`."""
        return self.loss is not None and self.loss[1] <= threshold


class Note(Enum):
    """What a reader should know of the two sides."""

    ABSOLUTE = "absolute"  # figures of two runs, and not ratios inside each
    OTHER_SPEC = "other spec"  # the sides were run from different specs
    OLD_CUT = "old cut"  # the old run did not reach the end of its plan
    NEW_CUT = "new cut"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`old` and `new` are the names of the sides; `means` are the geometric means over all cells,
    a row a metric."""

    old: str
    new: str
    ratios: bool
    margin: float
    rows: Sequence[Row]
    means: Sequence[Row]
    notes: Sequence[Note] = ()

    @property
    def weighed(self) -> Sequence[Row]:
        """The rows that a bound can be held against: no facts, nothing that is not comparable."""
        return [row for row in self.rows if row.change is not Change.UNLIKE and row.fact is None]

    @property
    def empty(self) -> bool:
        """Whether no cell can be compared."""
        return all(row.change is Change.UNLIKE for row in self.rows)

    def tally(self) -> dict[Change, int]:
        return {change: sum(row.change is change for row in self.rows) for change in Change}
