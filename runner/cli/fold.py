"""Paragraphs as wide as the terminal, at most as wide as is good to read.

Latin text is broken between words, Chinese between any two characters, but no line begins with a
closing mark or ends with an opening one. A Chinese character takes two columns.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

from rich.cells import cell_len

WIDEST = 78
_OPEN, _CLOSE = "（“《「", "，。；：？！、）”》」…"
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_TOKEN = re.compile(rf"\s+|[{_OPEN}]*(?:(?!\s|{_WIDE}|[{_OPEN}]).[^\s{_OPEN}{_CLOSE}⺀-\uffef]*"
                    rf"|{_WIDE})?[{_CLOSE}]*")  # fmt: skip


def folded(text: str) -> str:
    width = min(WIDEST, max(20, shutil.get_terminal_size((WIDEST, 24)).columns))
    return "\n".join(_lines(text, width))


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for token in (match[0] for match in _TOKEN.finditer(text) if match[0]):
        if line and cell_len(line + token.rstrip()) > width:
            yield line.rstrip()
            line = token.lstrip()
        else:
            line += token
    if line or not text:
        yield line.rstrip()
