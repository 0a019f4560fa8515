"""Which rows of a table may be ranked: those that were measured alike. Pure.

A shared machine may be half as fast a second later. So two rows are ranked where both were
interleaved with each other, or where both ran in the same blocks and often enough for an interval.
A server that was measured once, alone, has no rank beside one that was interleaved eight times.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from runner.judge.run import CellSummary
from runner.records.outcome import Outcome
from runner.stats.interval import FEWEST

FEWEST_IN_TURNS = 2
"""Repeats: one alone says nothing about how far it may be off."""


def alike(rows: Sequence[CellSummary], metric: str) -> list[CellSummary]:
    """The rows that may be ranked against each other by the metric: two at least, or none. Where
    several groups of rows were measured alike within the group, one table cannot rank them: none is
    ranked."""
    moments = _moments([m for row in rows for m in row.sound])
    groups: dict[Hashable, list[CellSummary]] = {}
    for row in rows:
        if (how := _how(row, metric, moments)) is not None:
            groups.setdefault(how, []).append(row)
    several = [group for group in groups.values() if len(group) > 1]
    return several[0] if len(several) == 1 else []


def remark(rows: Sequence[CellSummary], metric: str) -> str | None:
    """What must be said below a table of rates: which rows have no rank, and why."""
    rated = [row for row in rows if row.median(metric) is not None]
    ranked = alike(rated, metric)
    if len(rated) < 2 or len(ranked) == len(rated):
        return None
    hosts = sorted({m.host for row in rated for m in row.sound if m.host is not None})
    if not ranked and len(hosts) > 1:
        return f"not ranked: these rows were measured on different hosts: {', '.join(hosts)}"
    if not ranked:
        return (
            "not ranked: these rows were not interleaved with each other, nor measured in the same "
            f"blocks {FEWEST} times or more"
        )
    return "– under `of best`: measured alone, or less often than the ranked rows; it has no rank"


def _how(row: CellSummary, metric: str, moments: dict[str, int]) -> Hashable | None:
    """All that must be the same of two rows; None where the row is not to be ranked at all."""
    sound = sorted((m for m in row.sound if metric in m.metrics), key=lambda m: m.block)
    slots = {m.record.asked.slot_ns for m in sound}
    in_turns = bool(slots) and 0 not in slots
    if len(sound) < (FEWEST_IN_TURNS if in_turns else FEWEST):
        return None
    windows = frozenset(m.record.asked.duration_ns for m in sound)
    blocks = tuple((m.block, moments[m.trial] if in_turns else 0) for m in sound)
    hosts = frozenset(m.host for m in sound)
    return frozenset(slots), windows, blocks, hosts


def _moments(measurements: Sequence[Outcome]) -> dict[str, int]:
    """A number for each trial, the same for those that were up at the same time."""
    number, until = 0, float("-inf")
    found = {}
    for m in sorted(measurements, key=_began):
        began, ended = _began(m), m.record.ended or 0.0
        if began >= until:
            number, until = number + 1, ended
        until = max(until, ended)
        found[m.trial] = number
    return found


def _began(measurement: Outcome) -> float:
    return measurement.record.began or 0.0
