"""What a question is: a prediction of some form, a spec for each variant, and what an outcome
means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

Value: TypeAlias = str | int | float
Values: TypeAlias = Mapping[str, Value]
"""A variant, or the figures of an outcome, by name: the texts put them into their braces."""
Earlier: TypeAlias = Mapping[str, Values]
"""Of the lesson's questions that were answered: their figures, by the question's id."""
Written: TypeAlias = dict[str, object]
"""A part of a spec, as it would be written in YAML."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number is right within `share` of the prediction, or within `slack` where that is more.
    One that the learner types is `scale` times as much in the metric's unit. `most` is the largest
    that can be meant."""

    share: float = 0.0
    slack: float = 0.0
    scale: float = 1.0
    unit: str = ""
    written: str = ""
    """The unit that a bound has in a spec."""
    most: float = 1e7

    @property
    def exact(self) -> bool:
        return not (self.share or self.slack)

    def off(self, predicted: float) -> float:
        """How far the measured number may be away."""
        return max(self.slack, self.share * predicted)


@dataclass(frozen=True, slots=True)
class Name:
    """One of these names, as the metric or the probe reports them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Labs, the one with the least first. Two that are apart by less than `tie` have no order."""

    metric: str
    tie: float = 0.05


Form: TypeAlias = Number | Name | Order


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule sees of an outcome: `value` in the learner's unit, and `figures`, everything
    else that the trials yielded, by name."""

    value: Value
    figures: Values


@dataclass(frozen=True, slots=True)
class Told:
    """The case of an explanation, or several joined by a plus; and figures for it beside those of
    the variant."""

    case: str
    figures: Values


@dataclass(frozen=True, slots=True)
class Question:
    """`vary` draws a variant, which may depend on what the lesson measured before. `experiment` is
    the experiment of a spec without its expectations, `subject` what of it is predicted, without
    a bound. `tells` chooses the explanation from the outcome."""

    id: str
    form: Form
    vary: Callable[[Random, Earlier], Values]
    experiment: Callable[[Values], Written]
    subject: Callable[[Values], Written]
    tells: Callable[[Values, Measured], Told]
    timeless: bool = False
    """A count that no other program changes, though it is measured in a window: a busy machine does
    not make it invalid."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """`id` names its texts; `reads` are pages for further reading."""

    id: str
    reads: tuple[str, ...]
    questions: tuple[Question, ...]


def told(case: str, **figures: Value) -> Told:
    return Told(case, figures)


def metric(name: str) -> Callable[[Values], Written]:
    """A metric of the variant's lab, or of the one cell that there is."""

    def subject(variant: Values) -> Written:
        return {"metric": name, "of": {"lab": variant["lab"]} if "lab" in variant else {}}

    return subject


def traced(variant: Values) -> Written:
    """A conversation under a tracer with the variant's lab, beside its idle clients."""
    return {"measure": "trace", "server": {"lab": variant["lab"]}, "fleet": _clients(variant)}


def called(variant: Values) -> Written:
    """The system calls of each request of the variant's clients."""
    return {"measure": "calls", "server": {"lab": variant["lab"]}, "fleet": _clients(variant)}


def _clients(variant: Values) -> Written:
    return {name: variant[name] for name in ("active", "idle") if name in variant}


def labs_of(variant: Values) -> tuple[str, ...]:
    """The labs of a question of order: the variant holds them as one text."""
    return tuple(str(variant["labs"]).split())
