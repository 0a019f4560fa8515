"""What a disturbed trial still says. Pure.

Others on its CPUs bend every figure of time. They bend no count of bytes, threads or descriptors,
and no size of memory: for those the trial is as good as another. Only where such a fact is broken
it is not held against the server, for a machine that was too busy may have broken it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from runner.judge.verdict import FACTS
from runner.measurement import Measurement, Status
from runner.spec import Expectation, MetricExpectation, RatioExpectation

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


def disturbed(measurement: Measurement) -> bool:
    """Whether the environment made it invalid, and nothing else."""
    return bool(measurement.record.get("disturbed"))
