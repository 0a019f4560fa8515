"""The examples of docs/scale.md."""

from __future__ import annotations

import re

from runner.paths import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def block(language: str, word: str) -> str:
    """The one block of code of that language that has the word."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [str(each) for each in blocks if word in each]
    return found
