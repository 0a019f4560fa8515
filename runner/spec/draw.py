"""Quantities that differ from request to request: a value, or a distribution of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from runner.spec.notation import Notation
from runner.spec.problem import WrongError, shown
from runner.spec.quantity import BYTES, DURATION, MIB, MINUTE, Quantity

_KINDS = ("uniform", "exponential")


@dataclass(frozen=True, slots=True)
class Draw(Notation[int | str]):
    """A quantity as it is, `uniform:LOW..HIGH` or `exponential:MEAN`, whose draws are cut off at
    the quantity's highest value. A distribution stays text, in its shortest form, so that it can
    be a value of an axis; the fleet reads the same text."""

    of: Quantity

    def read(self, value: object) -> int | str:
        kind, colon, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
        if not colon:
            return self.of.read(value)
        if kind not in _KINDS:
            raise WrongError(f"{shown(value)} is not a distribution", self._expected())
        if kind == "exponential":
            return f"exponential:{self.of.show(self.of.read(rest))}"
        low, dots, high = rest.partition("..")
        if not dots:
            raise WrongError(f"{shown(value)} has no range", self._expected())
        least, most = self.of.read(low), self.of.read(high)
        if isinstance(least, str) or isinstance(most, str) or least >= most:
            raise WrongError(f"{shown(value)} is an empty range", self._expected())
        return f"uniform:{self.of.show(least)}..{self.of.show(most)}"

    def write(self, value: int | str) -> int | str:
        return value if isinstance(value, str) else self.of.write(value)

    def _expected(self) -> str:
        one, _, more = self.of.example.partition(",")
        two = more.split()[0].rstrip(",")
        return f"type {one}, uniform:{one}..{two} or exponential:{one}"

    def json_schema(self) -> dict[str, object]:
        number = rf"(0|[1-9][0-9]*)(\.[0-9]+)?({'|'.join(self.of.units)})"
        pattern = rf"^({number}|uniform:{number}\.\.{number}|exponential:{number})$"
        return {"type": "string", "pattern": pattern, "examples": [self.of.example.split(",")[0]]}


Payload = Annotated[int | str, Draw(BYTES.between(1, 16 * MIB))]
Think = Annotated[int | str, Draw(DURATION.between(0, 60 * MINUTE))]
