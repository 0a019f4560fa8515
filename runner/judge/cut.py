"""Planned repeats that a run lacks because it ended before its plan was done. Pure.

A verdict about the server rests on the repeats that were planned: one good repeat of six says
nothing about the other five. Repeats beyond the plan do not count here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from runner.judge.cause import CutShort
from runner.judge.verdict import Check, Decision
from runner.records.outcome import Outcome, Status
from runner.spec import Cell

Cut = Mapping[Cell, tuple[int, int]]
"""For each cell that lacks planned repeats: how many it lacks, and how many were planned."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A run that ended before its plan was done lacks so many of its planned trials; 0 where it
    lacks further repeats alone."""

    lacking: int
    planned: int


_MEASURED = (Status.OK, Status.FAIL, Status.SKIP)
_STAYS = (Decision.FAIL, Decision.ERROR, Decision.SKIP)


def cut_short(
    planned: Mapping[Cell, int], measurements: Iterable[Outcome], *, complete: bool
) -> Cut:
    """`planned` are the repeats of each cell that the plan begins with. Where the run went to its
    end, a repeat with any record had its turns, and is judged by what they gave; where it did not,
    one that is INVALID or ERROR would have been run again. A cell that failed in a way that no
    repeat can change lacks none."""
    had: dict[Cell, set[int]] = {}
    failed: set[Cell] = set()
    for m in measurements:
        if m.final:
            failed.add(m.cell)
        if complete or m.status in _MEASURED:
            had.setdefault(m.cell, set()).add(m.block)
    lacks = {
        cell: (repeats - sum(block < repeats for block in had.get(cell, ())), repeats)
        for cell, repeats in planned.items()
        if cell not in failed
    }
    return {cell: (left, repeats) for cell, (left, repeats) in lacks.items() if left > 0}


def incomplete(planned: Mapping[Cell, int], cut: Cut, *, complete: bool) -> Incomplete | None:
    """What a run lacks; None where it lacks nothing and is `complete`."""
    lacking = sum(left for left, _ in cut.values())
    return Incomplete(lacking, sum(planned.values())) if lacking or not complete else None


def as_cut(check: Check, cut: Cut) -> Check:
    """The check, INCONCLUSIVE where a side of it lacks repeats. A FAIL stands: what the server did
    wrong once, it did."""
    lacking = [cut[side] for side in check.sides if side in cut]
    if not lacking or not check.ran or check.outcome in _STAYS:
        return check
    return replace(check, outcome=Decision.INCONCLUSIVE, cause=CutShort(*max(lacking)))
