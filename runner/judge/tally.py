"""What stands beside the verdicts: troubles that none of them shows, and the points. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runner.judge.verdict import Decision, Verdict
from runner.records.outcome import Outcome, Status
from runner.spec import Cell

Records = tuple[Outcome, ...]

_WORST_FIRST = (Status.FAIL, Status.ERROR, Status.INVALID, Status.SKIP)


def unshown(verdicts: Iterable[Verdict], measurements: Iterable[Outcome]) -> Records:
    """Of each cell with a trouble that no verdict shows, the first record of the worst kind: a
    FAIL or an ERROR in any of its trials, or no sound trial at all."""
    shown: dict[Cell, set[Decision]] = {}
    for verdict in verdicts:
        for check in verdict.checks:
            for cell in check.sides:
                shown.setdefault(cell, set()).add(verdict.outcome)
    by_cell: dict[Cell, list[Outcome]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    found = ((cell, _trouble(records)) for cell, records in by_cell.items())
    return tuple(
        record
        for cell, record in found
        if record is not None and not _shows(shown.get(cell, set()), record.status)
    )


def _trouble(records: Sequence[Outcome]) -> Outcome | None:
    sound = any(record.status is Status.OK for record in records)
    kinds = (Status.FAIL, Status.ERROR) if sound else _WORST_FIRST
    return next((r for kind in kinds for r in records if r.status is kind), None)


def _shows(outcomes: set[Decision], status: Status) -> bool:
    """A verdict shows an INVALID or a skipped cell by speaking of it: where it passes all the
    same, it is by what no disturbance touches."""
    if status in (Status.FAIL, Status.ERROR):
        return bool(outcomes & {Decision.FAIL, Decision(status)})
    return bool(outcomes)


def points(verdicts: Iterable[Verdict]) -> Mapping[Decision, float]:
    """The points of all verdicts by what became of them: PASS earned them, FAIL lost them, the
    others are open. A PASS without cells that were left out by the user earns none: they stand
    under SKIP."""
    found = dict.fromkeys(Decision, 0.0)
    for verdict in verdicts:
        earned = verdict.outcome is not Decision.PASS or verdict.earned
        found[verdict.outcome if earned else Decision.SKIP] += verdict.points
    return found
