"""The errors of run folders."""

from __future__ import annotations


class ResultsError(Exception):
    """A run folder cannot be written or read: the text names it and says what to do."""


class UnknownRunError(ResultsError):
    """There is no run of the typed name: a mistake in the command, not in a folder."""


class HeldError(ResultsError):
    """Another runner is running this run at this moment."""


class IntegrityError(ResultsError):
    """A run folder was changed after the run ended."""
