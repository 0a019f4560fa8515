"""Words as they are written in a spec: slugs, choices, text; and one of them or a list."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from runner.spec.foreign_labs import foreign
from runner.spec.notation import Notation
from runner.spec.problem import NotTextError, WrongError, did_you_mean, listed, shown
from runner.untrusted import clean, clean_lines

SLUG = r"^[a-z][a-z0-9_-]{0,62}$"
PROBE = r"^[a-z][a-z0-9_]{0,62}$"
LAB = r"^[a-z][a-z0-9_-]{0,62}(/[a-z][a-z0-9_-]{0,62})?$"


@dataclass(frozen=True, slots=True)
class Choice(Notation[str]):
    """One of a known few."""

    noun: str
    known: tuple[str, ...]
    in_short: str = ""
    """The known ones, where a list would be too long to read."""
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Former words, each with the word of today."""

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self.known:
            return value
        today = self.renamed.get(value) if isinstance(value, str) else None
        if today in self.known:
            raise WrongError(
                f"{shown(value)} has a new name", suggestion=f"did you mean '{today}'?"
            )
        near = did_you_mean(value, self.known)
        what = f"{shown(value)} is not {self.noun}"
        few = len(self.known) < 5
        known = self.in_short or listed(self.known, 30)
        expected = f"type {'one of ' if len(self.known) > 1 else ''}{known}"
        raise WrongError(what, expected if few or self.in_short or not near else "", near)

    def json_schema(self) -> dict[str, object]:
        return {"enum": list(self.known)}


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongError(f"{shown(value)} is neither true nor false", "type true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]


@dataclass(frozen=True, slots=True)
class Slug(Notation[str]):
    """A name that is safe as a file name, in a URL and in a container's label."""

    noun: str

    def read(self, value: object) -> str:
        if isinstance(value, str) and re.fullmatch(SLUG, value) and not value.endswith("\n"):
            return value
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not {self.noun}", "type a word such as epoll")
        tidy = re.sub(r"[^a-z0-9]+", "-", value[:62].lower()).strip("-0123456789")
        raise WrongError(
            f"{shown(value)} is not {self.noun}",
            "type lower-case letters, digits, '-' and '_', a letter first",
            f"such as {tidy}" if tidy else "",
        )

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": SLUG}


class LabName(Notation[str]):
    """A lab's folder, and behind a slash the form of its model where the folder holds several:
    epoll_et, asyncio/protocol. Safe as a path, which it becomes."""

    __slots__ = ()

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not a lab's name", "type a word such as epoll")
        if re.fullmatch(LAB, value) and not value.endswith("\n"):
            return value
        if isinstance(instead := foreign(value), WrongError):
            raise instead
        tidy = instead or re.sub(r"[^a-z0-9_]+", "-", value[:62].lower()).strip("-_0123456789")
        raise WrongError(
            f"{shown(value)} is not a lab's name",
            "type the name of a folder under labs/, or one of its forms as in asyncio/protocol",
            f"such as {tidy}" if tidy else "",
        )

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": LAB}


class ProbeName(Notation[str]):
    """A probe's folder under labs/probes/: select_ceiling."""

    __slots__ = ()

    def read(self, value: object) -> str:
        if isinstance(value, str) and re.fullmatch(PROBE, value) and not value.endswith("\n"):
            return value
        what = f"{shown(value)} is not a probe's name"
        raise WrongError(what, "type the name of a folder under labs/probes/, such as wake_up")

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": PROBE}


@dataclass(frozen=True, slots=True)
class Text(Notation[str]):
    """Words for people. Numbers are not taken for words: YAML has surprises enough. Characters that
    cannot be seen are removed: the spec may be a stranger's."""

    noun: str
    longest: int
    lines: bool = False

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not {self.noun}", "type words")
        if len(value) > self.longest:
            raise WrongError(f"{self.noun} has {len(value)} characters", f"at most {self.longest}")
        if len(value.splitlines()) > 1 and not self.lines:
            raise WrongError(f"{self.noun} has more than one line", "type one line")
        # As measured text is cleaned: a name with an invisible character could equal none of it.
        words = clean_lines(value) if self.lines else clean(value)
        if not words.strip():
            raise WrongError(f"{self.noun} is empty", "type some words")
        return words

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


class OneOrMany:
    """One value, or a list of different ones: an axis of the matrix."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner = core_schema.no_info_before_validator_function(_as_list, handler(source))
        return core_schema.no_info_after_validator_function(all_different, inner)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        array = handler(schema)
        return {"anyOf": [array["items"], {**array, "minItems": 1}]}


def _as_list(value: object) -> object:
    if value in ([], ()):
        raise WrongError("the list is empty", "an empty matrix has nothing to run", "type a value")
    return value if isinstance(value, list | tuple) else [value]


def all_different(values: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """The values. Raises WrongError for one that is listed twice."""
    earlier: set[Hashable] = set()
    for value in values:
        if value in earlier:
            raise WrongError(f"{shown(value)} is listed twice", suggestion="list it once")
        earlier.add(value)
    return values


T = TypeVar("T")
Many = Annotated[tuple[T, ...], OneOrMany()]
