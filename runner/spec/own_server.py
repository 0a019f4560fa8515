"""The `servers:` of a spec: servers that are no lab of `labs/`, each with a name of its own.

Such a name stands wherever a lab's does. Its language is the server's own and no axis: a cell of an
own server has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from runner.spec.matrix import Language, Strict
from runner.spec.notation import Notation
from runner.spec.problem import NotTextError, WrongError, shown
from runner.spec.scalar import SLUG

GIVEN = ("PORT", "BACKLOG")
"""Variables that the runner sets."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class PathText(Notation[str]):
    """A path as it is typed: relative ones begin at the folder of the spec."""

    noun: str
    example: str

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not {self.noun}", f"type one, as {self.example}")
        if not value.strip() or not value.isprintable() or len(value) > _LONGEST:
            raise WrongError(f"{shown(value)} is not {self.noun}", f"type one, as {self.example}")
        return value

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "minLength": 1, "maxLength": _LONGEST}


@dataclass(frozen=True, slots=True)
class Variables(Notation[tuple[tuple[str, str], ...]]):
    """Environment variables, in their order."""

    def read(self, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict):
            raise WrongError(f"{shown(value)} where a mapping is needed", "type {THREADS: '4'}")
        return tuple((_variable(name), _setting(name, each)) for name, each in value.items())

    def write(self, value: tuple[tuple[str, str], ...]) -> object:
        return dict(value)

    def json_schema(self) -> dict[str, object]:
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{_VARIABLE.pattern}$"},
            "additionalProperties": {"type": ["string", "integer"]},
        }


def _variable(name: object) -> str:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise WrongError(f"{shown(name)} is no name of a variable", "type one, as THREADS")
    if name in GIVEN:
        raise WrongError(f"{name} is set by the runner", suggestion="delete it")
    return name


def _setting(name: object, value: object) -> str:
    """Text, or a whole number: what YAML makes of other words is not what was typed."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise NotTextError(f"{name}: {shown(value)} is not text", f"type {name}: '...' in quotes")
    if "\0" in value or len(value) > _LONGEST:
        raise WrongError(f"{name}: {shown(value)} is no value of a variable", "type a shorter text")
    return value


Folder = Annotated[str, PathText("a folder", "../my_server")]


class OwnServer(Strict):
    """A server that is no lab of labs/."""

    folder: Folder | None = None
    """A folder that keeps the lab contract: with server.c, server.py or a Dockerfile. A relative
    path begins at the folder of this file."""
    language: Language | None = None
    """Of a folder with several servers: c, python or dockerfile. Without it the first of these that
    is there."""
    environment: Annotated[tuple[tuple[str, str], ...], Variables()] = Field(default_factory=tuple)
    """Environment variables beside PORT and BACKLOG."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.folder is None:
            raise WrongError("nothing says where the server is", "add folder: ../my_server")
        return self


Servers = Annotated[
    dict[str, OwnServer],
    Field(max_length=100, json_schema_extra={"propertyNames": {"pattern": SLUG}}),
]
