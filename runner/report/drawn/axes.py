"""The table of two by two: is the read complete at its notification, and does the thread block? As
the kernel was seen to serve each server, whatever its name is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.figures.quadrants import Quadrants
from runner.judge.run import CellSummary

COLUMNS = ("blocking", "non-blocking")
ROWS = ("synchronous", "asynchronous")
TITLE = "Two questions, four answers: does the thread block, and what copies the data?"
NOTE = "blocking: the thread waits in a call; asynchronous: the data are there at the notification"


def figure(rows: Sequence[CellSummary]) -> Quadrants | None:
    names: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        place = row.text("synchrony") or "", row.text("blocking") or ""
        lab = str(row.cell.get("lab") or "–")
        if lab not in names.setdefault(place, []):
            names[place].append(lab)
    if not any(place in names for place in [(r, c) for r in ROWS for c in COLUMNS]):
        return None
    return Quadrants(TITLE, COLUMNS, ROWS, names, NOTE)
