"""Small files of /proc and /sys, which may be missing, unreadable, or say something new."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str:
    """All of it, empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def line(path: Path) -> str | None:
    """Its words with one space between them; None where there are none."""
    return " ".join(text(path).split()) or None


def number(path: Path) -> int | None:
    word = text(path).strip()
    return int(word) if word.isdigit() else None
