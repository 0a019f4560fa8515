"""What a disturbed trial is still good for. Pure.

Other programs on its CPUs change every time and rate. They change no count of bytes, threads or
descriptors, and no size of memory: such facts of a disturbed trial count. Only where a fact breaks
its bound it is not held against the server, for a busy machine may have broken it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from runner.judge.verdict import FACTS
from runner.records.outcome import Outcome, Status
from runner.spec import Cell, Expectation, MetricExpectation, RatioExpectation


def usable(expectation: Expectation, measurements: Sequence[Outcome]) -> Sequence[Outcome]:
    """The measurements, with disturbed ones as sound where the expectation is about facts."""
    metric = None
    if isinstance(expectation, RatioExpectation):
        metric = expectation.ratio
    elif isinstance(expectation, MetricExpectation):
        metric = expectation.metric
    if metric not in FACTS:
        return measurements
    return [replace(m, status=Status.OK) if disturbed(m) else m for m in measurements]


def ends_repeats(added: Iterable[Outcome]) -> bool:
    """Whether further repeats end because half of those that were added are INVALID: on a busy
    machine more repeats decide nothing."""
    statuses = [record.status for record in added]
    return 2 * statuses.count(Status.INVALID) >= max(1, len(statuses))


@dataclass(frozen=True, slots=True)
class TooBusy:
    """Of the last `repeats` of so many undecided `cells` so many were `invalid`: verdicts stay
    open."""

    cells: int
    invalid: int
    repeats: int


def too_busy(undecided: Collection[Cell], measurements: Iterable[Outcome]) -> TooBusy | None:
    """Whether that ended the repeats of a run: of the undecided cells that had not had their last
    interim analysis, half of the repeats added last are INVALID."""
    by_cell: dict[Cell, list[Outcome]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    added = [_added_last(by_cell[cell]) for cell in undecided if cell in by_cell]
    wave = [record for records in added for record in records]
    if not wave or not ends_repeats(wave):
        return None
    invalid = sum(record.status is Status.INVALID for record in wave)
    return TooBusy(sum(map(bool, added)), invalid, len(wave))


def _added_last(records: Sequence[Outcome]) -> list[Outcome]:
    """Those since the interim analysis before the last; none where all were planned, or no
    analysis is left."""
    analyses = records[0].record.asked.looks
    blocks = max(record.block for record in records) + 1
    if not analyses or not analyses[0] < blocks < analyses[-1]:
        return []
    before = max(size for size in analyses if size < blocks)
    return [record for record in records if record.block >= before]


def disturbed(measurement: Outcome) -> bool:
    """Whether the environment made it invalid, and nothing else."""
    return bool(measurement.record.disturbed)
