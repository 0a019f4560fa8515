"""Samples of some sizes -> what each connection costs: a line through the sizes of each round, and
of the slopes of all rounds the median with its interval. Pure.

A round is a line of its own because the machine drifts from one round to the next. Both ends of a
connection have the same objects in the kernel (a socket, its inode, a file, an entry of epoll), so
each end counts as half of what the kernel used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from runner.sizing.sample import Sample
from runner.stats.interval import FEWEST, Interval, median_interval

Value = Callable[[Sample], float]


@dataclass(frozen=True, slots=True)
class Line:
    """`each` one more connection, `fixed` what is there without any."""

    each: Interval
    fixed: Interval

    def at(self, connections: int) -> Interval:
        """Its prediction. The ends are those of both intervals together: too wide, never too
        narrow."""
        low, high = (
            None if each is None or fixed is None else fixed + each * connections
            for each, fixed in ((self.each.low, self.fixed.low), (self.each.high, self.fixed.high))
        )
        middle = self.fixed.estimate + self.each.estimate * connections
        return Interval(middle, low, high, self.each.confidence, self.each.method)


@dataclass(frozen=True, slots=True)
class Side:
    """The server's host or the load generator's. `kernel` and `process` are bytes, the latter of
    its one process; `opening` and `request` are ns of CPU time for one more connection and for one
    request."""

    kernel: Line
    process: Line
    opening: Interval
    request: Interval

    @property
    def bytes_each(self) -> Interval:
        return _sum(self.kernel.each, self.process.each)


@dataclass(frozen=True, slots=True)
class Costs:
    """`used` is the check on all bytes: both ends, as the whole machine counted them. `segments`
    of TCP that one end receives for each request."""

    server: Side
    generator: Side
    used: Line
    segments: float
    sizes: tuple[int, ...]
    rounds: int


def costs_of(samples: Sequence[Sample]) -> Costs:
    """Raises ValueError where there are fewer than two sizes, or fewer rounds than an interval
    needs."""
    rounds = [
        sorted((s for s in samples if s.round == number), key=lambda s: s.connections)
        for number in sorted({s.round for s in samples})
    ]
    sizes = tuple(sorted({s.connections for s in samples}))
    if len(sizes) < 2 or len(rounds) < FEWEST or any(len(r) != len(sizes) for r in rounds):
        raise ValueError(f"needs two sizes or more in each of {FEWEST} rounds or more")
    largest = [each[-1] for each in rounds]
    kernel = _line(rounds, lambda s: s.kernel_bytes / 2)
    return Costs(
        server=Side(
            kernel,
            _line(rounds, lambda s: s.server_bytes),
            _line(rounds, lambda s: s.server_opening_ns).each,
            median_interval([s.server_ns / s.requests for s in largest]),
        ),
        generator=Side(
            kernel,
            _line(rounds, lambda s: s.generator_bytes),
            _line(rounds, lambda s: s.generator_opening_ns).each,
            median_interval([s.generator_ns / s.requests for s in largest]),
        ),
        used=_line(rounds, lambda s: s.used_bytes),
        segments=median_interval([s.segments / 2 / s.requests for s in largest]).estimate,
        sizes=sizes,
        rounds=len(rounds),
    )


def _line(rounds: Sequence[Sequence[Sample]], value: Value) -> Line:
    fits = [
        np.polyfit([s.connections for s in each], [value(s) for s in each], 1) for each in rounds
    ]
    return Line(
        median_interval([float(slope) for slope, _ in fits]),
        median_interval([float(fixed) for _, fixed in fits]),
    )


def _sum(one: Interval, other: Interval) -> Interval:
    low, high = (
        None if a is None or b is None else a + b
        for a, b in ((one.low, other.low), (one.high, other.high))
    )
    return Interval(one.estimate + other.estimate, low, high, one.confidence, one.method)
