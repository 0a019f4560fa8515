"""A CSV file that a teacher downloaded: cells are found and replaced, every other byte stays. Pure.

Python's csv module would write the whole file in its own way, and a platform compares what it reads
with what it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.untrusted import clean

ROWS_MAX = 100_000
SEPARATORS = (",", ";", "\t")
_NEWLINE = re.compile(r"\r\n|\r|\n")


class SheetError(ValueError):
    """The file is not what it should be. The message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is its content; it stands from `start` to `end` in the file, quotation marks
    included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts from 1."""

    line: int
    cells: tuple[Cell, ...]

    def text(self, column: int) -> str:
        """Empty where the row is shorter."""
        return self.cells[column].text if column < len(self.cells) else ""

    @property
    def blank(self) -> bool:
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    text: str
    separator: str
    rows: tuple[Row, ...]

    def with_cells(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """The file with the cells of some (row, column) replaced."""
        parts, at = [], 0
        for row, column in sorted(cells):
            cell = self.rows[row].cells[column]
            parts += [self.text[at : cell.start], _written(cells[row, column], self.separator)]
            at = cell.end
        return "".join([*parts, self.text[at:]]).encode()


def read_sheet(content: bytes) -> Sheet:
    """Raises SheetError."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SheetError(
            "is not in UTF-8: give it as the platform wrote it, not as a spreadsheet program saved "
            "it"
        ) from None
    separator = max(SEPARATORS, key=lambda each: _width(text, each))
    rows: list[Row] = []
    for row in _rows(text, separator):
        rows.append(row)
        if len(rows) > ROWS_MAX:
            raise SheetError(f"has more than {ROWS_MAX:,} rows")
    if not rows or len(rows[0].cells) < 2:
        raise SheetError("line 1: no header of several columns, so this is no table in CSV")
    return Sheet(text, separator, tuple(rows))


def column_named(heads: Sequence[str], name: str, option: str) -> int:
    """The column with this header. Raises SheetError that lists the headers."""
    fits = [number for number, head in enumerate(heads) if head.casefold() == name.casefold()]
    if len(fits) != 1:
        what = f"{len(fits)} columns are" if fits else "no column is"
        shown = ", ".join(map(clean, heads))[:300]
        raise SheetError(f"line 1: {what} called {clean(name)!r} ({option}); there are: {shown}")
    return fits[0]


def _width(text: str, separator: str) -> int:
    """How many columns the header has with this separator."""
    try:
        return len(next(_rows(text, separator)).cells)
    except (SheetError, StopIteration):
        return 0


def _rows(text: str, separator: str) -> Iterator[Row]:
    at, line = (1 if text.startswith("\ufeff") else 0), 1
    while at < len(text):
        cells, begun = [], line
        while True:
            cell = _cell(text, at, separator, line)
            cells.append(cell)
            line += len(_NEWLINE.findall(text, cell.start, cell.end))
            at = cell.end
            if not text.startswith(separator, at):
                break
            at += 1
        yield Row(begun, tuple(cells))
        at += 2 if text.startswith("\r\n", at) else 1
        line += 1


def _cell(text: str, at: int, separator: str, line: int) -> Cell:
    if not text.startswith('"', at):
        end = at
        while end < len(text) and text[end] not in (separator, "\r", "\n"):
            end += 1
        return Cell(text[at:end], at, end)
    end = at + 1
    while True:
        end = text.find('"', end)
        if end < 0:
            raise SheetError(f"line {line}: a quotation mark is not closed")
        if not text.startswith('""', end):
            break
        end += 2
    end += 1
    if end < len(text) and text[end] not in (separator, "\r", "\n"):
        near = clean(text[at : end + 20])[:60]
        raise SheetError(
            f"line {line}: a quotation mark in the middle of a cell, near {near!r}: remove it on "
            "the platform, and download the file again"
        )
    return Cell(text[at + 1 : end - 1].replace('""', '"'), at, end)


def _written(text: str, separator: str) -> str:
    """In quotation marks where it needs them. No backslash is written: for PHP's reader, which
    Moodle uses, a quotation mark after one does not end the cell."""
    text = text.replace("\\", "/")
    if any(sign in text for sign in (separator, '"', "\r", "\n", " ")):
        return '"' + text.replace('"', '""') + '"'
    return text
