"""Why two cells were not compared, or why a comparison is open: values. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from runner.records.outcome import Status


@dataclass(frozen=True, slots=True)
class Unsound:
    """No trial of the cell in the new run was sound: what happened to the first one."""

    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class UnsoundBefore:
    """The same of the old run."""

    first: Unsound


@dataclass(frozen=True, slots=True)
class OnlyInNew:
    """The old side has no such cell; `run` is the new one's name."""

    run: str


@dataclass(frozen=True, slots=True)
class NotInNew:
    """The new run has no such cell."""


@dataclass(frozen=True, slots=True)
class Differs:
    """A condition that must be the same on both sides. `placement` is whether server and fleet had
    CPUs of their own."""

    condition: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class NoRatio:
    """A side has no sample, or one that is 0 or less."""


@dataclass(frozen=True, slots=True)
class TooFewRepeats:
    """There are too few repeats for an interval."""

    repeats: int


Why = Unsound | UnsoundBefore | OnlyInNew | NotInNew | Differs | NoRatio | TooFewRepeats
