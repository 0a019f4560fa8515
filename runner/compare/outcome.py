"""What a comparison is, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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
    """One metric of one cell: `ratio` is the new figure over the old one. `loss` is how much worse
    the new one is, as a share (0.05: 5%), at the two ends of the interval: the best and the worst
    that it may be; negative is better. None where there is no interval."""

    experiment: str
    cell: str
    metric: str
    change: Change
    ratio: Interval | None
    loss: tuple[float, float] | None
    repeats: int
    told: str = ""

    @property
    def is_fact(self) -> bool:
        return self.ratio is None and self.change in (Change.SAME, Change.CHANGED)

    def fails(self, threshold: float) -> bool:
        """Surely worse by more than `threshold`."""
        return self.loss is not None and self.loss[0] > threshold

    def holds(self, threshold: float) -> bool:
        """Surely not worse by more than `threshold`."""
        return self.loss is not None and self.loss[1] <= threshold


@dataclass(frozen=True, slots=True)
class Comparison:
    """`of` and `to` name the old and the new side; `means` are the geometric means over all cells,
    a row a metric; `notes` what a reader should know of the two."""

    of: str
    to: str
    ratios: bool
    margin: float
    rows: Sequence[Row]
    means: Sequence[Row]
    notes: Sequence[str] = ()

    @property
    def weighed(self) -> Sequence[Row]:
        """What a bound can be held against: no facts, nothing that is not comparable."""
        return [row for row in self.rows if row.change is not Change.UNLIKE and not row.is_fact]

    @property
    def empty(self) -> bool:
        """Whether not one cell stands on both sides in the same way."""
        return all(row.change is Change.UNLIKE for row in self.rows)

    def tally(self) -> dict[Change, int]:
        return {change: sum(row.change is change for row in self.rows) for change in Change}
