"""What a page shows, as values: text that is escaped when it is written, and drawings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a table. `kind` is a class of the style sheet: the word of an outcome, or
    nothing. `drawing` stands in place of the text. `link` is where the text leads: a place of this
    page, or a file beside it."""

    text: str
    kind: str = ""
    drawing: Markup | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its heads, which of them are aligned on the left, and the rows."""

    heads: tuple[str, ...]
    left: tuple[bool, ...]
    rows: tuple[tuple[Entry, ...], ...]
    caption: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What a head means, by its name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A `wide` one takes a line of the page for itself."""

    svg: Markup
    wide: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """Trials without figures, for one reason."""

    status: str
    reason: str
    cells: str


@dataclass(frozen=True, slots=True)
class Said:
    """A claim and what this run says of it."""

    claim: str
    standing: str
    says: str
    because: str


@dataclass(frozen=True, slots=True)
class Section:
    """One experiment."""

    id: str
    question: str
    about: str
    outcome: str
    kept: str
    answer: str
    figures: tuple[Figure, ...]
    reading: tuple[str, ...]
    missing: tuple[Missing, ...]
    evidence: tuple[Sheet, ...]
    """The facts that a probe reported."""
    tables: tuple[Sheet, ...]
    notes: tuple[str, ...]
    verdicts: Sheet | None
    claims: tuple[Said, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """A verdict that did not decide, why, and what would decide it."""

    experiment: str
    outcome: str
    title: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RunPage:
    title: str
    origin: str
    closing: str
    doubts: tuple[str, ...]
    sections: tuple[Section, ...]
    verdicts: Sheet | None
    counts: tuple[Entry, ...]
    undecided: tuple[Open, ...]
    environment: tuple[tuple[str, str], ...]
