"""The matrix: axes, the cells where they cross, and selectors that point at cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from runner.kinds.conformance import CASES
from runner.spec.draw import Payload
from runner.spec.quantity import (
    BYTES,
    COUNT,
    SHARE,
    Active,
    Churn,
    Crowd,
    Idle,
    Nofile,
    PerConnection,
    Pipeline,
    Rate,
    Share,
    Stalled,
)
from runner.spec.scalar import Choice, LabName, Many, ProbeName

Value = int | str
Axes = dict[str, tuple[Value, ...]]

Lab = Annotated[str, LabName()]
Name = Annotated[str, ProbeName()]
Language = Annotated[
    Literal["c", "python", "dockerfile"], Choice("a language", ("c", "python", "dockerfile"))
]
Case = Annotated[str, Choice("a case of the contract", tuple(CASES))]


class Strict(BaseModel):
    """Frozen data in which an unknown key is an error. Its validator is built when it is needed:
    that of a part is built with that of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Selector(Strict):
    """Some cells of the matrix: those that have one of these values on each axis named here."""

    probe: Many[Name] | None = None
    """Only these probes."""
    lab: Many[Lab] | None = None
    """Only these labs."""
    language: Many[Language] | None = None
    """Only these languages."""
    nofile: Many[Nofile] | None = None
    """Only these descriptor limits."""
    idle: Many[Idle] | None = None
    """Only these numbers of idle connections."""
    active: Many[Active] | None = None
    """Only these numbers of active connections."""
    payload: Many[Payload] | None = None
    """Only these request sizes."""
    rate: Many[Rate] | None = None
    """Only these rates of the open loop."""
    pipeline: Many[Pipeline] | None = None
    """Only these numbers of requests in flight on a connection."""
    requests_per_connection: Many[PerConnection] | None = None
    """Only these numbers of requests after which a connection is opened anew."""
    churn: Many[Churn] | None = None
    """Only these numbers of connections that are opened anew a second."""
    slow_readers: Many[Share] | None = None
    """Only these shares of slow readers."""
    slow_writers: Many[Share] | None = None
    """Only these shares of slow writers."""
    first_crowd: Many[Crowd] | None = None
    """Only these sizes of the first crowd."""
    listeners: Many[Active] | None = None
    """Only these numbers of listeners."""
    stalled: Many[Stalled] | None = None
    """Only these numbers of stalled listeners."""
    case: Many[Case] | None = None
    """Only these cases of the contract."""

    def pins(self) -> dict[str, tuple[Value, ...]]:
        """The axes that are named here, with the selected values."""
        given = ((axis, getattr(self, axis)) for axis in type(self).model_fields)
        return {axis: values for axis, values in given if values is not None}

    def __str__(self) -> str:
        inside = (
            f"{axis}: {shown_value(axis, values[0])}"
            if len(values) == 1
            else f"{axis}: [{', '.join(shown_value(axis, value) for value in values)}]"
            for axis, values in self.pins().items()
        )
        return "{" + ", ".join(inside) + "}"


AXES = tuple(Selector.model_fields)
"""All axes, in the order in which a cell's name shows them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of an experiment's matrix."""

    experiment: str
    values: tuple[tuple[str, Value], ...]
    varying: tuple[str, ...] = field(default=(), compare=False)
    """The axes on which the experiment's cells differ."""

    def get(self, axis: str) -> Value | None:
        return next((value for name, value in self.values if name == axis), None)

    def matches(self, selector: Selector) -> bool:
        return self.has(selector.pins())

    def has(self, pins: Mapping[str, tuple[Value, ...]]) -> bool:
        values = dict(self.values)
        return all(values.get(axis) in selected for axis, selected in pins.items())

    @property
    def name(self) -> str:
        """What this cell is, among the cells of its experiment: lab=epoll idle=900."""
        return self._written(self.varying or ("probe", "lab", "language"))

    @property
    def full_name(self) -> str:
        """The same with every axis, so that it stays when the matrix grows."""
        return self._written(axis for axis, _ in self.values)

    def _written(self, axes: Iterable[str]) -> str:
        named = set(axes)
        return " ".join(f"{a}={shown_value(a, v)}" for a, v in self.values if a in named)


def shown_value(axis: str, value: Value) -> str:
    """A value of an axis as a reader expects it: epoll, 10k, 64B, max."""
    if isinstance(value, str):
        return value
    units = {"payload": BYTES, "slow_readers": SHARE, "slow_writers": SHARE}
    return units.get(axis, COUNT).show(value)
