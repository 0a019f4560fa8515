"""From the columns of a claim to its ruling."""

from __future__ import annotations

from collections.abc import Sequence

from runner.grade.record import Seen

PROVEN, CONTRADICTED, NOT_PROVEN = "PROVEN", "CONTRADICTED", "NOT PROVEN"
NEEDED = 2
"""Columns: one alone may have been deceived."""


def ruling_of(seen: Sequence[Seen]) -> tuple[str, str]:
    """The ruling, and why it is so where it is not PROVEN."""
    against = [each for each in seen if each.agrees is False]
    if against:
        return CONTRADICTED, "; ".join(map(_contradiction, against))
    agreed = [each.column for each in seen if each.agrees]
    if len(agreed) >= NEEDED:
        return PROVEN, ""
    begin = f"only {agreed[0]} agrees" if agreed else "no column agrees"
    rest = [f"{each.column}: {each.why}" for each in seen if each.agrees is None]
    return NOT_PROVEN, "; ".join([begin, *rest])


def _contradiction(seen: Seen) -> str:
    value = f"{seen.value}: " if seen.value else ""
    return f"{seen.column}: {value}{seen.why}"
