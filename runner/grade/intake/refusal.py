"""The refusal of a submission, and where in the submission its cause is."""

from __future__ import annotations

from runner.untrusted import clean

SHOWN_MAX = 120
"""Characters of a name in a message."""


class IntakeError(Exception):
    """The submission cannot be taken. The text is one line: what is wrong, and what to do."""


def about(name: str, fault: str) -> IntakeError:
    """The fault of one member."""
    return IntakeError(f"{shown(name)}: {fault}")


def shown(name: str) -> str:
    """A name of the submission as part of a line."""
    text = clean(name) or "(no name)"
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
