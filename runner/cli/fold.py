"""Paragraphs as wide as the terminal, at most as wide as is good to read, in any script."""

from __future__ import annotations

import shutil

from rich.console import Console
from rich.text import Text

WIDEST = 78


def folded(text: str) -> str:
    """Counted in columns: a Chinese character takes two."""
    width = min(WIDEST, max(20, shutil.get_terminal_size((WIDEST, 24)).columns))
    lines = Text(text).wrap(Console(width=width, color_system=None), width)
    return "\n".join(line.plain.rstrip() for line in lines)
