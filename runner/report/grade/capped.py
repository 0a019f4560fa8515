"""Documents that platforms take up to a size: texts are shortened until the document fits. Pure."""

from __future__ import annotations

from collections.abc import Callable

from runner.grade.record import Grade
from runner.report.grade.view import TEXT_MAX, View, seen_by

PLATFORM_MAX = 1_000_000
"""Bytes. PrairieLearn takes 1 MB; a page of more is not readable on another platform either."""


class SizeError(ValueError):
    """The document does not fit, however short its texts are."""


def fitted(
    make: Callable[[Grade], bytes], grade: Grade, view: View, limit: int = PLATFORM_MAX
) -> bytes:
    """What `make` makes of the grade as the reader sees it, with texts as long as the limit allows.
    Raises SizeError."""
    for longest in (TEXT_MAX, 1000, 300, 80, 20):
        document = make(seen_by(grade, view, longest))
        if len(document) <= limit:
            return document
    raise SizeError(
        f"the report does not fit into {limit:,} bytes, which is all that the platform takes: it "
        f"has {len(grade.checks):,} checks and {len(grade.proof):,} claims"
    )
