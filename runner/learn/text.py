"""What the course says, in each language: en.toml and zh.toml, which hold the same keys. Pure.

The files are part of the program, as its modules are: they are read once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from runner.learn.question import Value, Values
from runner.words.format import text as short

LANGUAGES = ("en", "zh")
Entries: TypeAlias = Mapping[str, "str | Entries"]


@cache
def entries(language: str) -> Entries:
    source = Path(__file__).with_name(f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def table(language: str, *keys: str) -> Entries:
    """The table at this place."""
    here = entries(language)
    for key in keys:
        inner = here[key]
        if isinstance(inner, str):
            raise KeyError(key)
        here = inner
    return here


def words(language: str, *keys: str) -> dict[str, str]:
    """The sentences at this place, by their keys."""
    return {key: said for key, said in table(language, *keys).items() if isinstance(said, str)}


def sentence(language: str, *keys: str, **figures: Value) -> str:
    """The sentence at this place, its braces filled; in one line."""
    *place, last = keys
    said = words(language, *place)[last].format_map(shown(figures, language))
    return joined(said, language)


def has(language: str, *keys: str) -> bool:
    *place, last = keys
    try:
        return last in words(language, *place)
    except KeyError:
        return False


def joined(text: str, language: str) -> str:
    """Lines of one paragraph become one line; Chinese has no blank between them."""
    return ("" if language == "zh" else " ").join(text.strip().splitlines())


def shown(figures: Values, language: str) -> dict[str, str]:
    """Figures as a reader sees them, names in the reader's words."""
    return {name: show(value, language) for name, value in figures.items()}


def show(value: Value, language: str) -> str:
    """Three digits, or all before the point; from 10,000 on with commas. A name has its word in the
    table `names`."""
    if isinstance(value, str):
        return words(language, "names").get(value, value)
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return short(value)
