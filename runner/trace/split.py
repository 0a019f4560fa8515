"""The arguments of a call as the tracer writes them, one by one. Pure.

What a server that never sleeps asks for is the same ten thousand times over: it is split once.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_DESCRIPTOR = re.compile(r"(-?\d+)(?:<(.*)>)?$", re.DOTALL)


@lru_cache(1 << 12)
def split_args(text: str) -> tuple[str, ...]:
    """`3, [{fd=3, events=POLLIN}], "a, b"` are three: commas count outside brackets and strings."""
    parts: list[str] = []
    depth = start = index = 0
    while index < len(text):
        letter = text[index]
        if letter == '"':
            index = _end_of_string(text, index)
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
        index += 1
    last = text[start:].strip()
    return (*parts, last) if parts or last else ()


def _end_of_string(text: str, start: int) -> int:
    """Where the closing quote is; the end of the text where there is none."""
    index = start + 1
    while index < len(text) and text[index] != '"':
        index += 2 if text[index] == "\\" else 1
    return index


@lru_cache(1 << 12)
def descriptor(arg: str) -> tuple[int, str]:
    """`5<socket:[7001100]>` is the descriptor 5 and what it is; -1 for anything else."""
    match = _DESCRIPTOR.match(arg)
    return (int(match[1]), match[2] or "") if match else (-1, "")


def number(arg: str) -> int | None:
    """A plain number, None for anything else."""
    try:
        return int(arg, 0)
    except ValueError:
        return None
