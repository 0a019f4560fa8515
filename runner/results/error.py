"""What can be wrong with a run folder."""

from __future__ import annotations


class ResultsError(Exception):
    """A run folder that cannot be written or read: the text names it and what to do."""


class UnknownRunError(ResultsError):
    """There is no run of the name that was typed: a mistake in the command, not in a folder."""


class HeldError(ResultsError):
    """Another runner works in this folder at this moment."""


class IntegrityError(ResultsError):
    """A run folder that is not what it was when the run ended."""
