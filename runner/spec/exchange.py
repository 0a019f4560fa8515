"""A request and a reply in the user's own words: what is sent, and what ends a reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from runner.spec.matrix import Strict
from runner.spec.problem import NotTextError, WrongError, shown
from runner.spec.quantity import BYTES, MIB, WHOLE


@dataclass(frozen=True, slots=True)
class Wire:
    """Text that goes over the wire as it is, in UTF-8; control characters are what it is for."""

    noun: str
    longest: int

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not {self.noun}", "type text in quotes")
        length = len(value.encode("utf-8"))
        if not 0 < length <= self.longest:
            raise WrongError(f"{self.noun} has {length} bytes", f"1 to {self.longest}")
        if "\\r" in value or "\\n" in value:
            found = f"{self.noun} has a backslash and a letter where a line's end is meant"
            raise WrongError(found, suggestion='type it in "double quotes"')
        return value

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


class Reply(Strict):
    """What ends a reply: one of these."""

    bytes: Annotated[int, BYTES.between(1, 16 * MIB)] | None = None
    """So many bytes, whatever they are."""
    until: Annotated[str, Wire("a delimiter", 1024)] | None = None
    """The end of every reply, such as "\\r\\n"; it may not come earlier in it."""
    exactly: Annotated[str, Wire("a reply", 1024)] | None = None
    """All of the reply, which is compared byte by byte."""
    http: Annotated[int, WHOLE.between(200, 599)] | None = None
    """A whole reply of HTTP/1.x with this status."""

    def written(self) -> tuple[str, ...]:
        """The keys that were given: there must be one."""
        return tuple(name for name, value in self if value is not None)


class Exchange(Strict):
    """In place of the echo: a request that is sent again and again, and its reply."""

    send: Annotated[str, Wire("a request", 32_768)]
    """The request, such as "PING\\r\\n"."""
    reply: Reply
    """What ends a reply."""
