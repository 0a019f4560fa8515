"""A metric: a figure or a name that a trial yields, and that a spec can expect something of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    unit: str
    """`name` where the value is text."""
    meaning: str
    better: Literal["higher", "lower"] | None = None
    fact: bool = False
    """A count or a name that a busy machine does not change: every repeat must keep its bound."""
    can_be_zero: bool = False
    """A valid trial of a good server may yield 0, so that no ratio exists."""
    accounted: bool = False
    """It rests on the kernel's accounting of the server's processes."""
    former: str = ""
    """The name that it had in old runs and specs."""

    @property
    def is_number(self) -> bool:
        return self.unit != "name"
