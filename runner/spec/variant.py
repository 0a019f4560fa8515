"""Variants of an experiment: `--quick` runs a part of it, `--full` adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from runner.spec.matrix import Selector, Strict
from runner.spec.quantity import MINUTE, Measured, Repeat, Span


class Quick(Strict):
    """What `--quick` runs of an experiment."""

    repeat: Repeat | None = None
    """Instead of the experiment's repeat."""
    max_repeat: Repeat | None = None
    """Instead of the experiment's max_repeat."""
    warmup: Span | None = None
    """Instead of the experiment's warmup."""
    duration: Measured | None = None
    """Instead of the experiment's duration."""
    only: Annotated[tuple[Selector, ...], Field(max_length=100)] | None = None
    """Only the cells that one of these selects, [] for none; without this key, every cell."""


class Full(Strict):
    """What `--full` adds to an experiment."""

    repeat: Repeat | None = None
    """Instead of the experiment's repeat."""
    max_repeat: Repeat | None = None
    """Instead of the experiment's max_repeat."""
    warmup: Span | None = None
    """Instead of the experiment's warmup."""
    duration: Measured | None = None
    """Instead of the experiment's duration."""
    adds: Annotated[tuple[Selector, ...], Field(max_length=100)] = ()
    """Cells that only --full runs: those that one of these selects; {} is every cell."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How often and how long: the experiment's own values, else the suite's. Durations in ns."""

    repeat: int
    warmup: int
    duration: int
    seed: int
    timeout: int
    max_repeat: int | None = None
    budget: int = 15 * MINUTE
    disturbance: int = 25

    @property
    def most(self) -> int:
        """The most repeats of a cell, if its verdicts stay undecided; never fewer than `repeat`."""
        return max(self.repeat, 3 * self.repeat if self.max_repeat is None else self.max_repeat)
