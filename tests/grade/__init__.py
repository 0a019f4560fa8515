"""Grading: from a submission to its points."""
