"""Numbers as they are written in a spec: counts, bytes and durations, with their units.

A unit is mandatory where a quantity has one: 500 could be seconds or milliseconds. Each type reads
what the user wrote, refuses values out of its bounds, and writes itself back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Literal

from runner.spec.notation import Notation
from runner.spec.problem import WrongError, shown

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
US, MS, S, MINUTE = 1_000, 1_000_000, 1_000_000_000, 60_000_000_000
_WRITTEN = re.compile(r"((?:0|[1-9][0-9]{0,23})(?:\.[0-9]{1,24})?)( *)([A-Za-zµμ%]*)", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Quantity(Notation[int | str]):
    """How one kind of number is read, bounded and written."""

    noun: str
    units: Mapping[str, int]
    bare: bool
    """Whether a number without a unit is allowed."""
    example: str
    instead: Mapping[str, str] = field(default_factory=dict)
    """Units that people type, in lower case, and the one that is meant."""
    likely: tuple[str, ...] = ()
    """The units to suggest where none was typed."""
    low: int = 0
    high: int = 10**18
    max_allowed: bool = False
    """Whether the word `max` is allowed: whatever the machine grants."""

    def between(self, low: int, high: int) -> Quantity:
        """An example that is a bare number is one that is allowed."""
        bounded = replace(self, low=low, high=high)
        if self.example == WHOLE.example and not low <= _FIVE <= high:
            return replace(bounded, example=f"a number such as {low}")
        return bounded

    def or_max(self) -> Quantity:
        return replace(self, max_allowed=True)

    def read(self, value: object) -> int | str:
        if value == "max" and self.max_allowed:
            return "max"
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._wrong(value)
        number = value if isinstance(value, int) and self.bare else self._parsed(value)
        if number < self.low:
            low = self.show(self.low)
            raise WrongError(f"{shown(value)} is less than {low}", f"type {low} or more")
        if number > self.high:
            high = self.show(self.high)
            raise WrongError(f"{shown(value)} is more than {high}", f"type {high} or less")
        return number

    def write(self, value: int | str) -> int | str:
        """The value for a YAML file: whole, with the largest unit that leaves it whole."""
        return value if self.bare else self.show(value)

    def show(self, value: int | str) -> str:
        """The value for a reader: 10k, 64B, 500ms."""
        if isinstance(value, str):
            return value
        fitting = [unit for unit, size in self.units.items() if value and value % size == 0]
        if self.bare:
            return f"{value // self.units[fitting[-1]]}{fitting[-1]}" if fitting else str(value)
        unit = fitting[-1] if fitting else next(iter(self.units))
        return f"{value // self.units[unit]}{unit}"

    def _parsed(self, value: float | str) -> int:
        match = _WRITTEN.fullmatch(str(value))
        if match is None:
            raise self._wrong(value)
        digits, space, unit = match.groups()
        if unit not in self.units and (unit or not self.bare):
            raise self._unit_wrong(value, digits, unit)
        if space:
            raise WrongError(f"{shown(value)} has a space in it", suggestion=f"type {digits}{unit}")
        number = Decimal(digits) * self.units.get(unit, 1)
        if number != number.to_integral_value():
            raise WrongError(f"{shown(value)} is not whole", self._expected())
        return int(number)

    def _unit_wrong(self, value: float | str, digits: str, unit: str) -> WrongError:
        if not unit:
            types = " or ".join(f"{digits}{name}" for name in self.likely)
            return WrongError(f"{digits} has no unit", suggestion=f"type {types}")
        meant = self.instead.get(unit.lower())
        if meant is None:
            return self._wrong(value)
        return WrongError(f"{shown(value)} has an unknown unit", suggestion=f"type {digits}{meant}")

    def _wrong(self, value: object) -> WrongError:
        return WrongError(f"{shown(value)} is not {self.noun}", self._expected())

    def _expected(self) -> str:
        return f"type {self.example}" + (" or max" if self.max_allowed else "")

    def json_schema(self) -> dict[str, object]:
        units = "|".join(self.units)
        text: dict[str, object] = {"type": "string"}
        text["pattern"] = rf"^(0|[1-9][0-9]*)(\.[0-9]+)?({units}){'?' if self.bare else ''}$"
        text["examples"] = [self.example.split(",")[0]]
        number = {"type": "integer", "minimum": self.low, "maximum": self.high}
        forms = [number] if self.bare else []
        forms += [text] if self.units else []
        forms += [{"const": "max"}] if self.max_allowed else []
        return forms[0] if len(forms) == 1 else {"anyOf": forms}


_FIVE = 5
WHOLE = Quantity("a whole number", {}, bare=True, example=f"a number such as {_FIVE}")
COUNT = Quantity(
    "a count",
    {"k": 1_000, "M": 1_000_000},
    bare=True,
    example="900, 10k or 1M",
    instead={"k": "k", "m": "M", "ki": "k", "kib": "k", "mio": "M", "thousand": "k"},
    high=10_000_000,
)
BYTES = Quantity(
    "a size in bytes",
    {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB},
    bare=False,
    example="64B, 4KiB, 1MiB or 1GiB",
    instead={
        **dict.fromkeys(("b", "byte", "bytes"), "B"),
        **dict.fromkeys(("k", "ki", "kb", "kib"), "KiB"),
        **dict.fromkeys(("m", "mi", "mb", "mib"), "MiB"),
        **dict.fromkeys(("g", "gi", "gb", "gib"), "GiB"),
    },
    likely=("B", "KiB"),
    high=TIB,
)
DURATION = Quantity(
    "a duration",
    {"ns": 1, "us": US, "ms": MS, "s": S, "m": MINUTE},
    bare=False,
    example="500ms, 2s or 1m",
    instead={
        **dict.fromkeys(("µs", "μs", "usec"), "us"),
        **dict.fromkeys(("msec", "millis"), "ms"),
        **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    },
    likely=("ms", "s"),
    high=60 * MINUTE,
)

PERCENT = Quantity("a share", {"%": 1}, bare=False, example="10%", likely=("%",), high=100)

Max = Literal["max"]
Repeat = Annotated[int, WHOLE.between(1, 100)]
Seed = Annotated[int, WHOLE.between(0, 2**63 - 1)]
Fleets = Annotated[int, WHOLE.between(1, 8)]
Hosts = Annotated[int, WHOLE.between(1, 64)]
Sources = Annotated[int, WHOLE.between(1, 250)]
Idle = Annotated[int | Max, COUNT.or_max()]
Active = Annotated[int, COUNT.between(1, 10_000_000)]
Stalled = Annotated[int, COUNT.between(0, 10_000_000)]
Connections = Annotated[int, COUNT.between(1, 10_000_000)]
Nofile = Annotated[int | Max, COUNT.between(16, 10_000_000).or_max()]
Pids = Annotated[int, COUNT.between(1, 4_000_000)]
Rate = Annotated[int, COUNT.between(1, 10_000_000)]
SHARE = Quantity("a share", {"%": 1}, bare=False, example="5%", likely=("%",), high=100)
Share = Annotated[int, SHARE]
Churn = Annotated[int, COUNT.between(1, 1_000_000)]
Crowd = Annotated[int, COUNT.between(0, 1_000_000)]
Ramp = Annotated[int, WHOLE.between(1, 1000)]
PerConnection = Annotated[int, COUNT.between(1, 10_000_000)]
Pipeline = Annotated[int, WHOLE.between(1, 1024)]
Memory = Annotated[int, BYTES.between(MIB, TIB)]
Span = Annotated[int, DURATION.between(0, 10 * MINUTE)]
Slot = Annotated[int, DURATION.between(2 * MS, MINUTE)]
Timeout = Annotated[int, DURATION.between(MS, 60 * MINUTE)]
Percent = Annotated[int, PERCENT.between(1, 100)]
Budget = Annotated[int, DURATION.between(0, 24 * 60 * MINUTE)]
Measured = Annotated[int, DURATION.between(MS, 10 * MINUTE)]
