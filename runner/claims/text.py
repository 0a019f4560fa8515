"""What is said of the claims, in each language: en.toml and zh.toml, which hold the same keys.

The files are part of the program, as its modules are: they are read once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from runner.claims.ruling import DECIDED, Standing

LANGUAGES = ("en", "zh")
PAGE, TITLES = "page", "titles"
"""The entries that belong to no claim: the page's own words, and the titles of tables and plots."""


@dataclass(frozen=True, slots=True)
class Text:
    """One claim in one language: the claim, the definition of its terms, what was measured, what
    the evidence cannot show, and for each verdict the conditions under which the rule returns it:
    any one of them is enough, and `Ruling.met` names those that are met."""

    says: str
    definition: str = ""
    did: str = ""
    caveat: str = ""
    conditions: Mapping[Standing, tuple[str, ...]] = field(default_factory=dict)


def texts(language: str) -> Mapping[str, Text]:
    """By the claim's id."""
    return _texts(language)


def words(language: str) -> Mapping[str, str]:
    """What the page itself says: headings, labels, verdicts."""
    return dict(_strings(_entries(language)[PAGE]))


def title(language: str, english: str) -> str:
    """A table's or plot's title; the rules give it in English."""
    return dict(_strings(_entries(language).get(TITLES, {}))).get(english, english)


@cache
def _texts(language: str) -> Mapping[str, Text]:
    return {
        claim: _text(entry)
        for claim, entry in _entries(language).items()
        if claim not in (PAGE, TITLES)
    }


@cache
def _entries(language: str) -> dict[str, dict[str, str | list[str]]]:
    source = Path(__file__).with_name(f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _text(entry: dict[str, str | list[str]]) -> Text:
    conditions = {}
    for verdict in DECIDED:
        said = entry.get(verdict, [])
        if said:
            conditions[verdict] = (said,) if isinstance(said, str) else tuple(said)
    about = {name: text for name, text in _strings(entry) if name not in conditions}
    return Text(**about, conditions=conditions)


def _strings(entry: dict[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in entry.items() if isinstance(text, str))
