"""A problem of a spec: its position, what is wrong, and what to type instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Key = tuple[str | int, ...]
"""Where a value is in the data: ("experiments", 0, "fleet", "idle")."""

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a file; `line` and `column` count from 1, or are None for a whole file."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Source:
    """The position in a file of each key."""

    values: Mapping[Key, Position]
    names: Mapping[Key, Position]
    """Where the name of a key stands, for problems with the name and not the value."""

    def at(self, key: Key) -> Position:
        """The position of a value, or of the nearest enclosing value that was written."""
        for length in range(len(key), -1, -1):
            if key[:length] in self.values:
                return self.values[key[:length]]
        return Position("")

    def name_at(self, key: Key) -> Position:
        return self.names.get(key) or self.at(key)


class WrongError(ValueError):
    """A value that a spec cannot hold. The caller that catches it knows the position."""

    def __init__(
        self, what: str, expected: str = "", suggestion: str = "", lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.suggestion = suggestion
        self.lines = lines
        """Of the file, as they are to be written."""


class NotTextError(WrongError):
    """Another type where text is needed: perhaps only quotes are missing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error. `str()` is one line that says what to change, and below it the `lines` to write,
    if there are any."""

    file: str
    line: int | None
    column: int | None
    key: str
    what: str
    expected: str = ""
    suggestion: str = ""
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        position = Position(self.file, self.line, self.column)
        message = "; ".join(part for part in (self.what, self.expected, self.suggestion) if part)
        line = ": ".join(part for part in (str(position), self.key, message) if part)
        return "\n".join([line, *(f"    {each}" for each in self.lines)])


def problem_at(position: Position, key: Key, wrong: WrongError) -> Problem:
    return Problem(
        position.file,
        position.line,
        position.column,
        written(key),
        wrong.what,
        wrong.expected,
        wrong.suggestion,
        wrong.lines,
    )


class UnreadableError(Exception):
    """A whole file cannot be read; the problem says why."""

    def __init__(self, position: Position, wrong: WrongError, key: Key = ()) -> None:
        super().__init__(wrong.what)
        self.problem = problem_at(position, key, wrong)


class SpecError(Exception):
    """All problems of a spec, in the order of its lines. The loader raises nothing else."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))


def written(key: Key) -> str:
    """experiments[0].fleet.idle"""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{clipped(part)}"
    return text.removeprefix(".")


def clipped(text: str, width: int = 40) -> str:
    """Any text as part of one line: no control characters, and not too long."""
    line = "".join(char if char.isprintable() else "�" for char in text[: width + 1])
    return line if len(line) <= width else line[: width - 1] + "…"


def shown(value: object) -> str:
    """A value as the user would recognise it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f"'{clipped(value)}'"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return clipped(str(value))


def did_you_mean(word: object, known: Iterable[str]) -> str:
    near = nearest(str(word), tuple(known))
    return f"did you mean '{clipped(near)}'?" if near else ""


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:100], known, n=1, cutoff=0.6)
    return near[0] if near else ""


def listed(values: Iterable[str], most: int = 8) -> str:
    """a, b, c …: for messages that say what there is."""
    every = [clipped(value) for value in values]
    return ", ".join(every[:most]) + (" …" if len(every) > most else "")
