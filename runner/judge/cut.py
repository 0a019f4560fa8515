"""What a run left unmeasured because it ended before its plan was done. Pure.

A verdict about the server rests on the repeats that were planned: the first of six that went well
say nothing of the five that the run never came to. Repeats beyond the plan are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runner.judge.verdict import Finding, Outcome
from runner.records.outcome import Measurement, Status
from runner.spec import Cell

Cut = Mapping[Cell, tuple[int, int]]
"""Of each cell that lacks any: how many of its planned repeats it lacks, and how many there are."""

_MEASURED = (Status.OK, Status.FAIL, Status.SKIP)
_STAYS = (Outcome.FAIL, Outcome.ERROR, Outcome.SKIP)


def cut_short(
    planned: Mapping[Cell, int], measurements: Iterable[Measurement], *, complete: bool
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


def as_cut(finding: Finding, cut: Cut) -> Finding:
    """The finding as far as it may stand: what the server did wrong it did."""
    sides = [side for side in (finding.cell, finding.to) if side is not None and side in cut]
    if not sides or not finding.ran or finding.outcome in _STAYS:
        return finding
    left, repeats = max(cut[side] for side in sides)
    reason = f"the run ended before {left} of its {repeats} repeats"
    return replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)
