"""Messages of the assembler, with lines of the source. Pure.

GCC passes the text of an `asm` outside of a function on without its place in the source. The
message then names a temporary file of the compiler, and a line of it: both tell a student nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_GENERATED = re.compile(r"^\S*/cc\w+\.s(?::\d+)?(?=: (.*))", re.MULTILINE)
_QUOTED = re.compile(r"`([^\s']{1,200})")
_ASM = re.compile(r"\b(?:asm|__asm|__asm__)\b[^(;{}]{0,40}\(")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTERS_MAX, _STATEMENTS_MAX = 10_000, 200
"""Of one `asm`, and how many of a file: the sources are not trusted."""
_PLACES_MAX = 3
"""More places than these are no help."""


def located(text: str, sources: Mapping[str, bytes]) -> str:
    """The compiler's output: a temporary file is replaced by the places of the `asm` that the
    message may be about, or by the names of the sources that contain one. `sources` are those of
    the program, by the names that the compiler knows."""

    def place(found: re.Match[str]) -> str:
        quoted = _QUOTED.search(found[1])
        fit = list(_places(sources, quoted[1])) if quoted else []
        if 0 < len(fit) <= _PLACES_MAX:
            return " or ".join(fit)
        names = [name for name, source in sources.items() if _ASM.search(_decoded(source))]
        return f"asm in {' or '.join(names[:_PLACES_MAX]) or 'the program'}"

    return _GENERATED.sub(place, text)


def _places(sources: Mapping[str, bytes], word: str) -> Iterator[str]:
    """Where an `asm` holds the word in a string: the file, and the line of the string."""
    for name, source in sources.items():
        text = _decoded(source)
        for start, end in _statements(text):
            for string in _STRING.finditer(text, start, end):
                if word in string[0].replace("%%", "%"):
                    line = 1 + text.count("\n", 0, string.start())
                    yield f"{name}:{line}"


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Where each `asm ( ... )` begins and ends. Parentheses in its strings do not count."""
    for number, found in enumerate(_ASM.finditer(text)):
        if number == _STATEMENTS_MAX:
            return
        position, depth = found.end(), 1
        limit = min(len(text), position + _CHARACTERS_MAX)
        while position < limit and depth:
            string = _STRING.match(text, position, limit)
            if string:
                position = string.end()
            else:
                depth += {"(": 1, ")": -1}.get(text[position], 0)
                position += 1
        yield found.start(), position


def _decoded(source: bytes) -> str:
    return source.decode("utf-8", "replace")
