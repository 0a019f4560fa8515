"""Breaches of the contract that cost no points: notes below the table of the servers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.judge.run import CellSummary

_CELLS = 3
"""Cells that are named of those with the same note."""
_NUMBER = re.compile(r"\d+")


def breaches(rows: Iterable[CellSummary]) -> list[str]:
    """Each note once, with the cells that it is about. Notes that differ in their numbers alone
    are one."""
    texts: dict[str, str] = {}
    cells: dict[str, dict[str, None]] = {}
    for row in rows:
        for note in _notes(row):
            kind = _NUMBER.sub("0", note)
            texts.setdefault(kind, note)
            cells.setdefault(kind, {})[row.cell.name] = None
    return [f"note: {_named(list(cells[kind]))}: {text}" for kind, text in texts.items()]


def _notes(row: CellSummary) -> list[str]:
    found = []
    for measurement in row.measurements:
        found += [" ".join(note.split()) for note in measurement.record.contract or ()]
    return found


def _named(cells: list[str]) -> str:
    more = f" and {len(cells) - _CELLS} more" if len(cells) > _CELLS else ""
    return ", ".join(cells[:_CELLS]) + more
