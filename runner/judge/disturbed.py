"""What a disturbed trial still says. Pure.

Others on its CPUs bend every figure of time. They bend no count of bytes, threads or descriptors,
and no size of memory: for those the trial is as good as another. Only where such a fact is broken
it is not held against the server, for a machine that was too busy may have broken it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from runner.judge.verdict import FACTS
from runner.records.outcome import Measurement, Status
from runner.spec import Cell, Expectation, MetricExpectation, RatioExpectation

UNTOUCHED = FACTS | {"memory_per_connection"}


def counted(expectation: Expectation, measurements: Sequence[Measurement]) -> Sequence[Measurement]:
    """The measurements, with disturbed ones as sound where what is asked for is not touched."""
    asked = None
    if isinstance(expectation, RatioExpectation):
        asked = expectation.ratio
    elif isinstance(expectation, MetricExpectation):
        asked = expectation.metric
    if asked not in UNTOUCHED:
        return measurements
    return [replace(m, status=Status.OK) if disturbed(m) else m for m in measurements]


def ends_repeats(added: Iterable[Measurement]) -> bool:
    """Whether further repeats end because half of those that were added are INVALID: what is
    disturbed is not decided by more of it."""
    statuses = [record.status for record in added]
    return 2 * statuses.count(Status.INVALID) >= max(1, len(statuses))


@dataclass(frozen=True, slots=True)
class Ended:
    """That verdicts stay open because so many of the further repeats were INVALID."""

    cells: int
    invalid: int
    repeats: int


def ended(undecided: Collection[Cell], measurements: Iterable[Measurement]) -> Ended | None:
    """Whether that ended the repeats of a run: of the cells that are undecided, and had not had
    their last look, half of what was added last is INVALID."""
    by_cell: dict[Cell, list[Measurement]] = {}
    for measurement in measurements:
        by_cell.setdefault(measurement.cell, []).append(measurement)
    added = [_added_last(by_cell[cell]) for cell in undecided if cell in by_cell]
    wave = [record for records in added for record in records]
    if not wave or not ends_repeats(wave):
        return None
    invalid = sum(record.status is Status.INVALID for record in wave)
    return Ended(sum(map(bool, added)), invalid, len(wave))


def _added_last(records: Sequence[Measurement]) -> list[Measurement]:
    """Those beyond the look before the last; none where all were planned, or no look is left."""
    looks = [int(size) for size in records[0].record.get("asked", {}).get("looks", ())]
    blocks = max(record.block for record in records) + 1
    if not looks or not looks[0] < blocks < looks[-1]:
        return []
    before = max(size for size in looks if size < blocks)
    return [record for record in records if record.block >= before]


def disturbed(measurement: Measurement) -> bool:
    """Whether the environment made it invalid, and nothing else."""
    return bool(measurement.record.get("disturbed"))
