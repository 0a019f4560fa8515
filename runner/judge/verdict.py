"""What a verdict is: values, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.judge.cause import Cause
from runner.spec import METRICS, Cell, Expectation
from runner.stats.interval import Interval


class Decision(StrEnum):
    """From worst to best: an expectation is as good as the worst of its checks."""

    FAIL = "FAIL"
    ERROR = "ERROR"
    INVALID = "INVALID"
    INCONCLUSIVE = "INCONCLUSIVE"
    SKIP = "SKIP"
    PASS = "PASS"  # noqa: S105 - not a password


WORST_FIRST = tuple(Decision)
FACTS = frozenset(name for name, metric in METRICS.items() if metric.fact)
"""Counts and names: not draws from noise, so every repeat must keep the bound."""

Sides = tuple[Cell, Cell | None]
"""The cell above the line of a ratio and the one below it, or one cell alone."""


@dataclass(frozen=True, slots=True)
class Noise:
    """A cell whose typical repeat is off its median by more than `stats.spread.NOISY`: by
    `deviation`, a share of the median."""

    cell: Cell
    deviation: float


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation held against one cell, or against the ratio of `cell` to `to`.

    `repeats` counts the trials that it rests on. An estimate has an `interval`, in the metric's
    unit or as a ratio; a fact has its different `values`; without data there is neither. `cause`
    says why there is no data or no decision. `margin` is how far inside the bound the interval's
    nearer end lies, as a share of the bound: 0.2 passes with a fifth to spare. A negative one
    misses: -0.5 is half of a lower bound, or twice an upper one. None where there is no interval
    or the bound is 0. `shared_cpu` says that server and fleet had one CPU between them, `ran` that
    every cell had a trial that was not skipped.
    """

    cell: Cell
    to: Cell | None
    outcome: Decision
    repeats: int
    interval: Interval | None = None
    values: tuple[float | str, ...] = ()
    cause: Cause | None = None
    margin: float | None = None
    noise: tuple[Noise, ...] = ()
    shared_cpu: bool = False
    ran: bool = True

    @property
    def sides(self) -> tuple[Cell, ...]:
        return (self.cell,) if self.to is None else (self.cell, self.to)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation with all of its checks. `not_run` are the cells that it covers and that did
    not run; with one of them it is no PASS. `left_out` are the cells, or pairs of cells, that it
    covers and that the user did not select: it passes without them, for no points."""

    experiment: str
    index: int
    expectation: Expectation
    outcome: Decision
    checks: tuple[Check, ...]
    not_run: tuple[Cell, ...] = ()
    left_out: tuple[Sides, ...] = ()

    @property
    def points(self) -> float:
        return self.expectation.points

    @property
    def earned(self) -> float:
        whole = self.outcome is Decision.PASS and not self.left_out
        return self.points if whole else 0.0

    @property
    def noisy(self) -> bool:
        return any(check.noise for check in self.checks)

    @property
    def deciding(self) -> Check | None:
        """The check that the outcome rests on: of the worst kind the one nearest its bound."""
        worst = [check for check in self.checks if check.outcome is self.outcome]
        return min(worst, key=_nearness, default=None)


def _nearness(check: Check) -> float:
    """Facts keep their order."""
    return check.margin if check.margin is not None else 0.0
