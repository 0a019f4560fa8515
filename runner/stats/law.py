"""Growth laws, and ranges: what a fit yields. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with its 99% bootstrap interval."""

    estimate: float
    low: float
    high: float

    def inside(self, low: float, high: float) -> bool:
        return low <= self.low and self.high <= high

    def text(self, digits: int = 2) -> str:
        middle, low, high = (
            f"{round(value, digits) + 0.0:.{digits}f}"  # and no -0.00
            for value in (self.estimate, self.low, self.high)
        )
        return f"{middle} [{low}, {high}]"


@dataclass(frozen=True, slots=True)
class Law:
    """a + b·N^k with the figures that fit best."""

    a: float
    b: float
    k: float

    def at(self, n: float) -> float:
        return float(self.a + self.b * n**self.k)


@dataclass(frozen=True, slots=True)
class Growth:
    """`exponent` is k; `factor` how many times the cost at the smallest N the cost at the largest
    is, by the line a + b·N, which is the law that a flat cost is held against; `each` is that b,
    in the unit of the costs for one more. `law` is the one that fits best."""

    exponent: Range
    factor: Range
    each: Range
    law: Law
