"""Counts in sentences."""

from __future__ import annotations


def number_of(count: float, what: str) -> str:
    """1 trial, 2 trials."""
    shown = f"{count:,}" if isinstance(count, int) else f"{count:g}"
    return f"{shown} {what}" if count == 1 else f"{shown} {what}s"
