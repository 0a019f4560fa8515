"""Expectations: claims of an experiment that a measurement can contradict."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_serializer,
    field_validator,
    model_validator,
)

from runner.kinds import METRICS, RENAMED
from runner.spec.matrix import Selector, Strict
from runner.spec.problem import WrongError, shown
from runner.spec.quantity import BYTES, COUNT, DURATION, Quantity
from runner.spec.scalar import Choice, Many, Slug, Text

NUMBERS = tuple(name for name, metric in METRICS.items() if metric.is_number)
_LARGEST = 10**15
_LARGEST_SHOWN = f"10^{len(str(_LARGEST)) - 1}"
_WITH_UNIT: dict[str, Quantity] = {
    "ns": DURATION.between(0, _LARGEST),
    "bytes": BYTES.between(0, _LARGEST),
}
_LARGE_COUNT = COUNT.between(0, _LARGEST)
_NAME = Text("a name", 64)
_FIELD = Text("a field's name", 40)


def read_number(value: object) -> float:
    """A finite number that is not negative; 10k is understood."""
    if isinstance(value, str):
        with contextlib.suppress(WrongError):
            return float(_LARGE_COUNT.read(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongError(f"{shown(value)} is not a number", "type a number such as 0.75 or 10k")
    if value < 0:
        raise WrongError(f"{shown(value)} is less than 0", "type 0 or more")
    if not value <= _LARGEST:
        raise WrongError(f"{shown(value)} is too large", f"type {_LARGEST_SHOWN} or less")
    return float(value)


def plain(number: float) -> int | float:
    """1025 and not 1025.0, where nothing is lost."""
    return int(number) if number == int(number) else number


_Read, _Write = BeforeValidator(read_number), PlainSerializer(plain, when_used="json")
_EITHER = {"type": ["number", "string"]}
Number = Annotated[float, _Read, _Write, WithJsonSchema({"type": "number", "minimum": 0})]
Bound = Annotated[float, WithJsonSchema({**_EITHER, "examples": [5, "500us", "10KiB"]})]
Exact = Annotated[float | str, WithJsonSchema({**_EITHER, "examples": ["FD_SETSIZE", 1024]})]


class Expected(Strict):
    """What every expectation may have."""

    points: Number = 0
    """Marks for passing."""
    id: Annotated[str, Slug("an id")] | None = None
    """A short name for reports."""
    title: Annotated[str, Text("a title", 200)] | None = None
    """One sentence that says what passing means."""


class RatioExpectation(Expected):
    """One cell's metric divided by another's: it survives a change of machine."""

    ratio: Annotated[str, Choice("a metric that is a number", NUMBERS, renamed=RENAMED)]
    """The metric to divide."""
    of: Selector
    """The cells of the numerator."""
    to: Selector
    """The cells of the denominator. The axes that neither side names must agree."""
    at_least: Number | None = None
    """The lower bound of the ratio."""
    at_most: Number | None = None
    """The upper bound of the ratio."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise WrongError("there is no bound", "add at_least or at_most")
        _in_order(self.at_least, self.at_most)
        return self


class MetricExpectation(Expected):
    """A metric of each selected cell, against a bound or an exact value."""

    metric: Annotated[str, Choice("a metric", tuple(METRICS), renamed=RENAMED)]
    """The metric."""
    of: Selector = Selector()
    """The cells it must hold for; {} is every cell."""
    at_least: Bound | None = None
    """The lower bound, with the metric's unit."""
    at_most: Bound | None = None
    """The upper bound, with the metric's unit."""
    equals: Exact | None = None
    """The exact value: a number, or a name such as FD_SETSIZE."""
    one_of: Many[Annotated[str, _NAME]] | None = None
    """Several names, each of which is right, such as [epoll, "epoll, edge-triggered"]."""

    @field_validator("at_least", "at_most", "equals", mode="before")
    @classmethod
    def _in_its_unit(cls, value: object, info: ValidationInfo) -> object:
        name = info.data.get("metric")
        if name is None:  # has a problem of its own
            return 0.0
        metric = METRICS[name]
        if not metric.is_number:
            if info.field_name == "equals":
                return _NAME.read(value)
            raise WrongError(f"{name} is a name", "names have no order", "type equals")
        unit = _WITH_UNIT.get(metric.unit)
        return read_number(value) if unit is None else float(unit.read(value))

    @field_serializer("at_least", "at_most", "equals", when_used="json")
    def _with_its_unit(self, bound: float | str | None) -> object:
        if bound is None or isinstance(bound, str):
            return bound
        unit = _WITH_UNIT.get(METRICS[self.metric].unit)
        return plain(bound) if unit is None else unit.write(int(bound))

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.one_of is None:
            _bounds(self.at_least, self.at_most, self.equals)
            return self
        if METRICS[self.metric].is_number:
            what = f"{self.metric} is a number, and one_of lists names"
            raise WrongError(what, suggestion="type at_least and at_most")
        if self.equals is not None:
            raise WrongError("one_of cannot be combined with equals", "keep one of them")
        return self


class FindingExpectation(Expected):
    """A field of a probe's findings, against a bound or an exact value."""

    finding: Annotated[str, Text("a field's name", 40)]
    """The field of a finding, such as outcome."""
    of: Selector = Selector()
    """The cells it must hold for; {} is every cell."""
    where: dict[str, Exact] = Field(default_factory=dict)
    """Only the findings that have these values, such as {variant: plain, fd: 1024}."""
    at_least: Number | None = None
    """The lower bound, in the unit of the field."""
    at_most: Number | None = None
    """The upper bound, in the unit of the field."""
    equals: Exact | None = None
    """The exact value: a number, or a name."""

    @field_validator("where", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise WrongError(f"{shown(value)} where a mapping is needed", "type {fd: 1024}")
        return {_FIELD.read(name): _exact(expected) for name, expected in value.items()}

    @field_validator("equals", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return _exact(value)

    @field_serializer("where", "equals", when_used="json")
    def _written(self, given: object) -> object:
        if isinstance(given, dict):
            return {name: self._written(expected) for name, expected in given.items()}
        return plain(given) if isinstance(given, float) else given

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _bounds(self.at_least, self.at_most, self.equals)
        return self


def _exact(value: object) -> float | str:
    return _NAME.read(value) if isinstance(value, str) else read_number(value)


def _bounds(low: float | None, high: float | None, equals: Exact | None) -> None:
    if (low, high, equals) == (None, None, None):
        raise WrongError("there is no bound", "add at_least, at_most or equals")
    if equals is not None and (low, high) != (None, None):
        raise WrongError("equals cannot be combined with at_least or at_most", "keep one of them")
    _in_order(low, high)


def _in_order(low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise WrongError(
            f"at_least {plain(low)} is more than at_most {plain(high)}",
            "no value can pass",
            "swap them",
        )


KINDS: dict[str, type[Expected]] = {
    "ratio": RatioExpectation,
    "metric": MetricExpectation,
    "finding": FindingExpectation,
}


def _kind(value: Any) -> str | None:
    """The class that validates, chosen by the key that is given: errors name only its fields."""
    if isinstance(value, Expected):
        return type(value).__name__
    given = value if isinstance(value, dict) else {}
    return next((KINDS[key].__name__ for key in KINDS if key in given), None)


Expectation = Annotated[
    Annotated[RatioExpectation, Tag("RatioExpectation")]
    | Annotated[MetricExpectation, Tag("MetricExpectation")]
    | Annotated[FindingExpectation, Tag("FindingExpectation")],
    Discriminator(_kind),
]
