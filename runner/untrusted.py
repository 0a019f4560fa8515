"""The one door for what may be wrong or hostile: text of servers, probes and submissions, files of
strangers' folders. Bounded, cleaned once where it enters, typed afterwards.

Streams are split into lines by `runner/engine/lines.py`, which bounds their number and length and
cleans each with `clean`. JSON from anywhere passes `parsed`, a number of a line `whole`, the words
of a line `Line.of`, and a file in a folder that is not our own `read_bytes`.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

TEXT_MAX = 16 << 20
"""Bytes of one JSON text, unless its reader sets another bound."""
DEPTH_MAX = 40
"""Deeper than anything the lab writes. A deeper text is refused, not followed."""
NUMBER_MAX = 10**30
"""Larger than any count or time, and small enough that no sum or square of it is Infinity."""
WORD_MAX = 200
"""Characters of one value on a line; what is longer is cut."""
_WORDS_MAX = 64
_NAME_SHOWN = 40
_LINE_MAX = 4096  # characters of a line in which fields are looked for
_FIELD = re.compile(r'([A-Za-z_][A-Za-z0-9_]{0,63})=(?:"([^"]*)"|(\S*))')


class UntrustedError(ValueError):
    """The text or file is not what its reader may take. The message is safe to print."""


def clean(text: bytes | str) -> str:
    """One line that is safe on a terminal: UTF-8 repaired, and of the characters that `isprintable`
    refuses (controls, direction marks, separators, halves, what Unicode has not assigned) none
    kept. A tab and a space of another width become a plain space."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char == "\t" or unicodedata.category(char) == "Zs" else ""


def clean_lines(text: bytes | str) -> str:
    """The same for text of several lines."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return "\n".join(map(clean, text.split("\n")))


def whole(text: str, low: int, high: int) -> int | None:
    """The number that the text is, in plain decimal digits and within [low, high]; else None."""
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        return None
    number = int(text)
    return number if low <= number <= high else None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the form `WORD key=value key="some words"`."""

    word: str
    fields: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> Line:
        """Never raises: a line of another form has the first word that it has, and no fields. Of a
        key that is given twice the first counts."""
        word, _, rest = text.strip().partition(" ")
        fields: dict[str, str] = {}
        for found in _FIELD.finditer(rest[:_LINE_MAX]):
            if len(fields) >= _WORDS_MAX:
                break
            quoted, bare = found[2], found[3]
            fields.setdefault(found[1], (bare if quoted is None else quoted)[:WORD_MAX])
        return cls(word[:WORD_MAX], fields)


def parsed(text: bytes | str, limit: int = TEXT_MAX, *, one_line: bool = False) -> Any:
    """JSON as Python's values, every string in it (keys too) cleaned; with `one_line` no string
    keeps a newline. Raises UntrustedError where the text is longer than `limit`, deeper than
    DEPTH_MAX, no JSON, or holds NaN, Infinity, a number beyond NUMBER_MAX, or two members of one
    name."""
    if len(text) > limit:
        raise UntrustedError(f"longer than {limit:,} bytes")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_members)
    except UntrustedError:
        raise
    except RecursionError:
        raise UntrustedError(f"deeper than {DEPTH_MAX} brackets") from None
    except ValueError:
        raise UntrustedError(f"is no JSON: {clean(text[:80])!r}") from None
    return _cleaned(value, DEPTH_MAX, clean if one_line else clean_lines)


def parsed_object(
    text: bytes | str, limit: int = TEXT_MAX, *, one_line: bool = False
) -> dict[str, Any]:
    """The same where an object is expected. Raises UntrustedError."""
    value = parsed(text, limit, one_line=one_line)
    if not isinstance(value, dict):
        raise UntrustedError("is no JSON object")
    return value


def read_bytes(path: Path, limit: int = TEXT_MAX) -> bytes:
    """The content of a regular file. A link in the last part of the path, a device, a FIFO or a
    folder is refused, and so is a file beyond `limit` bytes. Raises UntrustedError; OSError where
    the file is missing or may not be read."""
    with open_regular(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UntrustedError(f"larger than {limit:,} bytes")
    return content


def open_regular(path: Path) -> BinaryIO:
    """The same file, open for reading by parts. The caller bounds what it reads."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise UntrustedError("is a link") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UntrustedError("is no regular file")
    return os.fdopen(descriptor, "rb")


def _refuse_constant(name: str) -> Any:
    raise UntrustedError(f"holds {name}, which is no number of JSON")


def _cleaned(value: Any, depth: int, text: Callable[[str], str]) -> Any:
    if depth < 0:
        raise UntrustedError(f"deeper than {DEPTH_MAX} brackets")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int | float) and not -NUMBER_MAX <= value <= NUMBER_MAX:
        raise UntrustedError("holds a number that is too large")
    if isinstance(value, float) and abs(value) < 1 / NUMBER_MAX:
        return 0.0  # or dividing by it would give Infinity
    if isinstance(value, list):
        return [_cleaned(each, depth - 1, text) for each in value]
    if isinstance(value, dict):
        return _members([(clean(name), _cleaned(v, depth - 1, text)) for name, v in value.items()])
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers do not agree on which of two members counts (RFC 8259, 4): a text that one program
    checks must be the text that another one uses."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise UntrustedError(f"has two members of the name {clean(name)[:_NAME_SHOWN]!r}")
        members[name] = value
    return members
