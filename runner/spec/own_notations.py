"""How the values of `servers` are written: paths, commands, variables, patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.spec.notation import Notation
from runner.spec.problem import NotTextError, WrongError, clipped, shown

GIVEN = ("PORT", "BACKLOG")
"""Variables that the runner sets."""
SHELL = ("sh", "-c")
PYTHON = "{python}"
"""The first word of a command that stands for the runner's own interpreter."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONGEST, _WORDS = 4000, 200
_PATTERN_LONGEST, _PATH_LONGEST = 200, 80


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
class CommandText(Notation[tuple[str, ...]]):
    """A program and its arguments, or one line for a shell."""

    def read(self, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return (*SHELL, _word(value))
        if not isinstance(value, list | tuple) or not value:
            example = 'type [redis-server, --port, "{port}"], or a line for a shell in quotes'
            raise WrongError(f"{shown(value)} is not a command", suggestion=example)
        if len(value) > _WORDS:
            raise WrongError(f"a command of {len(value)} words", f"at most {_WORDS}")
        words = tuple(map(_word, value))
        if not words[0].strip():
            raise WrongError("a command without a program", suggestion="type its name first")
        return words

    def write(self, value: tuple[str, ...]) -> object:
        return list(value)

    def json_schema(self) -> dict[str, object]:
        word = {"type": ["string", "integer"]}
        return {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": _LONGEST},
                {"type": "array", "items": word, "minItems": 1, "maxItems": _WORDS},
            ]
        }


def _word(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):  # {port} without quotes is a mapping in YAML
        name = next(iter(value), "port")
        what = "a mapping among the words of a command"
        raise WrongError(what, suggestion=f'type "{{{clipped(str(name))}}}" in quotes')
    if not isinstance(value, str):
        raise NotTextError(f"{shown(value)} among the words of a command", "put it in quotes")
    if "\0" in value or len(value) > _LONGEST:
        raise WrongError(f"{shown(value)} is no word of a command", "type a shorter one")
    return value


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


class Pattern(Notation[str]):
    """A regular expression, as Python's `re` reads it."""

    __slots__ = ()

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise NotTextError(f"{shown(value)} is no pattern", "type words of the log in quotes")
        if len(value) > _PATTERN_LONGEST:
            raise WrongError(f"a pattern of {len(value)} characters", f"at most {_PATTERN_LONGEST}")
        try:
            re.compile(value)
        except re.error as error:
            what = f"{shown(value)} is no regular expression: {clipped(str(error), 80)}"
            raise WrongError(what, suggestion="put a backslash before ( ) [ ] * + ? . $") from None
        return value

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "minLength": 1, "maxLength": _PATTERN_LONGEST, "format": "regex"}


class UrlPath(Notation[str]):
    """The path of a request: /health."""

    __slots__ = ()

    def read(self, value: object) -> str:
        fits = isinstance(value, str) and re.fullmatch(r"/[!-~]*", value)
        if not isinstance(value, str) or not fits or len(value) > _PATH_LONGEST:
            raise WrongError(
                f"{shown(value)} is no path", "type one that begins with /, as /health"
            )
        return value

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": "^/[!-~]*$", "maxLength": _PATH_LONGEST}
