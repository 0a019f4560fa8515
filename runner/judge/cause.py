"""Why a check has no data, or cannot be decided: values, which words/cause.py words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from runner.records.outcome import Status
from runner.records.trial_record import Placement
from runner.spec import Cell


@dataclass(frozen=True, slots=True)
class Recorded:
    """A trial ended so, for the reason that its record gives."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotReached:
    """The run ended before the cell's first trial."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """The run ended before `left` of the cell's `repeats` planned repeats."""

    left: int
    repeats: int


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """No sound trial has this metric, or this field of a finding."""

    name: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """The runner could not observe what the metric `name` rests on, for this reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoCommonBlock:
    """No block has a sound trial of both cells."""


@dataclass(frozen=True, slots=True)
class AllZero:
    """The metric is 0 on both sides in all blocks: zeros have no ratio."""

    metric: str
    blocks: int


@dataclass(frozen=True, slots=True)
class NotPositive:
    """A sample is 0 or less, and has no ratio: `value` in `repeat` (from 1) of `cell` is the first
    one. `affected` of `blocks` blocks have such a sample."""

    metric: str
    value: float
    repeat: int
    cell: Cell
    affected: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A trial that gave no sample."""

    trial: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class TooFewRepeats:
    """There are too few sound repeats for an interval; `lost` is a trial that gave none."""

    repeats: int
    lost: Lost | None


@dataclass(frozen=True, slots=True)
class Straddles:
    """The bound lies inside the interval."""


@dataclass(frozen=True, slots=True)
class TooSlow:
    """The server was too slow for its windows, for this reason in the first of them: the ratio is
    below the interval."""

    reason: str


@dataclass(frozen=True, slots=True)
class DifferentPlaces:
    """The repeats ran on different CPUs, or over different network paths."""

    first: Placement
    second: Placement


Cause = (
    Recorded
    | NotReached
    | CutShort
    | NotMeasured
    | Unseen
    | NoCommonBlock
    | AllZero
    | NotPositive
    | TooFewRepeats
    | Straddles
    | TooSlow
    | DifferentPlaces
)
