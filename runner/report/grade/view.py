"""What a reader may see of a grade: the one place that takes the details of hidden checks away, and
that cleans and shortens every text. All formats are made from what `seen_by` returns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from runner.grade.record import CheckGrade, Grade
from runner.untrusted import clean_lines

LANGUAGES = ("en", "zh")
TEXT_MAX = 4000
"""Characters of one text. A reason that quotes a compiler is rarely longer."""
LIST_MAX = 1000
"""Entries of one list: as many checks as an assignment may have."""


@dataclass(frozen=True, slots=True)
class View:
    """Whom a report is for. `settings` are what a platform says in its environment, and options of
    the same names; only classroom50 needs any (`runner/report/grade/classroom50.py`)."""

    instructor: bool = False
    """An instructor sees hidden checks; a student sees their title, result and points."""
    language: str = "en"
    settings: Mapping[str, str] = field(default_factory=dict)
    reports: str | None = None
    """Where the folders of a class are, as its page sees them; None where no link leads there."""


def seen_by(grade: Grade, view: View, longest: int = TEXT_MAX) -> Grade:
    """The grade without what the reader may not see, and with no text longer than `longest`."""
    checks = grade.checks if view.instructor else tuple(map(_without_details, grade.checks))
    title = grade.title_zh if view.language == "zh" and grade.title_zh else grade.title
    seen: Grade = _cleaned(replace(grade, title=title, checks=checks), longest)
    return seen


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: max(longest - 1, 0)]}…"


def _without_details(check: CheckGrade) -> CheckGrade:
    if not check.hidden:
        return check
    return CheckGrade(
        id=check.id,
        title=check.title,
        state=check.state,
        points=check.points,
        earned=check.earned,
        hidden=True,
        bonus=check.bonus,
    )


def _cleaned(value: Any, longest: int) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return shortened(clean_lines(value).strip(), longest)
    if isinstance(value, tuple):
        return tuple(_cleaned(each, longest) for each in value[:LIST_MAX])
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: _cleaned(each, longest) for name, each in named.items()})
    return value
