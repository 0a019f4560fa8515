"""What can be wrong with a run folder."""

from __future__ import annotations


class ResultsError(Exception):
    """A run folder that cannot be written or read: the text names it and what to do."""


class IntegrityError(ResultsError):
    """A run folder that is not what it was when the run ended."""
