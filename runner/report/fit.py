"""A table that fits a terminal: no row is ever broken into two lines. Pure.

Where a table is too wide, the last column, which holds reasons, is cut; then columns are left out,
those that can be spared best first, and a line names them. A table of sentences (`listed`), such as
the expectations, becomes a list instead: a sentence that is cut says nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from tabulate import tabulate

GAP = 2
LEAST = 24
"""Of the last column, which holds reasons: it is cut to this before a column is left out."""
INDENT = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """`spare`, of each column: the order in which it is left out, the highest first, 0 never."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: Sequence[bool]
    spare: Sequence[int]
    listed: int | None = None

    def only(self, kept: Sequence[int]) -> Sheet:
        return Sheet(
            [self.heads[i] for i in kept],
            [[row[i] for i in kept] for row in self.rows],
            [self.left[i] for i in kept],
            [self.spare[i] for i in kept],
        )

    def width(self) -> int:
        return sum(self.widths()) + GAP * (len(self.heads) - 1)

    def least(self) -> int:
        """Its width when the last column is cut."""
        last = self.widths()[-1] if self.left[-1] else 0
        return self.width() - max(0, last - LEAST)

    def widths(self) -> list[int]:
        """Tabulate gives a head two columns more than its letters."""
        heads = [wide(head) + GAP for head in self.heads]
        return [
            max(head, *(wide(row[i]) for row in self.rows)) if self.rows else head
            for i, head in enumerate(heads)
        ]


def grid(sheet: Sheet, style: str = "simple", width: int | None = None) -> str:
    """As one of tabulate's table formats; only `simple` is for terminals."""
    if width is None or style != "simple" or sheet.width() <= width:
        return _drawn(sheet, style)
    if sheet.listed is not None:
        return _listed(sheet, sheet.listed, width)
    kept = list(range(len(sheet.heads)))
    while sheet.only(kept).least() > width and any(sheet.spare[i] for i in kept):
        kept.remove(max(kept, key=lambda i: sheet.spare[i]))
    dropped = [head for i, head in enumerate(sheet.heads) if i not in kept]
    lines = [_drawn(_cut(sheet.only(kept), width), style)]
    if dropped:
        lines += fold([f"left out, for {width} columns: {', '.join(dropped)}"], width)
    return "\n".join(lines)


def fold(lines: Iterable[str], width: int | None) -> list[str]:
    """Sentences, broken between words where they are wider than that."""
    if width is None:
        return list(lines)
    return [
        textwrap.fill(line, width, subsequent_indent="  ", break_on_hyphens=False) for line in lines
    ]


def wide(text: str) -> int:
    """Columns of a terminal."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _drawn(sheet: Sheet, style: str) -> str:
    return tabulate(
        [list(row) for row in sheet.rows],
        headers=list(sheet.heads),
        tablefmt=style,
        disable_numparse=True,
        colalign=["left" if left else "right" for left in sheet.left],
    )


def _cut(sheet: Sheet, width: int) -> Sheet:
    """The last column is the one that holds reasons."""
    over = sheet.width() - width
    room = max(LEAST, sheet.widths()[-1] - over)
    if over <= 0 or not sheet.left[-1]:
        return sheet
    rows = [
        [*row[:-1], row[-1] if wide(row[-1]) <= room else row[-1][: room - 1] + "…"]
        for row in sheet.rows
    ]
    return Sheet(sheet.heads, rows, sheet.left, sheet.spare)


def _listed(sheet: Sheet, title: int, width: int) -> str:
    """First the column in front, then the sentence; the figures in lines of their own. Where the
    column in front is itself the title, its head stands before it."""
    blocks = []
    for row in sheet.rows:
        rest = [i for i in range(1, len(row)) if i != title and row[i] not in ("", "–")]
        figures = "; ".join(f"{sheet.heads[i].split(' [')[0]} {row[i]}" for i in rest)
        blocks += [
            textwrap.fill(
                text,
                width,
                initial_indent=begin,
                subsequent_indent=" " * INDENT,
                break_on_hyphens=False,
            )
            for text, begin in ((_titled(sheet, row, title), ""), (figures, " " * INDENT))
            if text
        ]
    return "\n".join(blocks)


def _titled(sheet: Sheet, row: Sequence[str], title: int) -> str:
    return f"{row[0]}  {row[title]}" if title else f"{sheet.heads[0]} {row[0]}".strip()
