"""The errors of grading."""

from __future__ import annotations


class AssignmentError(Exception):
    """There is no such assignment, or its folder lacks a file: a mistake in the command or of the
    instructor, never of the submission."""
