"""Grading: an assignment's checks are run against a submission, and scored.

A check is an experiment with points: `session` measures it and `judge` decides it. This room knows
submissions, points and proof.
"""
