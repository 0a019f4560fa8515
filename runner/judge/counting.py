"""Which record of a trial counts, where the trial was run more than once. Pure.

A trial is run again when the machine disturbed it, when the lab itself failed, or when that
happened to a trial that took turns with it. The newest record then counts, with one exception: a
FAIL is never replaced. What the server did wrong once, it did.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.measurement import Measurement, Status

Records = tuple[Measurement, ...]


def standing(records: Iterable[Measurement]) -> tuple[Records, Records]:
    """The record of each trial that counts, in the order in which the trials first ended, and the
    records that do not count. `records` are in the order in which they were written."""
    counts: dict[str, Measurement] = {}
    superseded = []
    for record in records:
        before = counts.get(record.trial)
        stays = record if before is None else newer(before, record)
        if before is not None:
            superseded.append(record if stays is before else before)
        counts[record.trial] = stays
    return tuple(counts.values()), tuple(superseded)


def newer(before: Measurement, after: Measurement) -> Measurement:
    """Of two records of one trial the one that counts."""
    if before.status is Status.FAIL and after.status is not Status.FAIL:
        return before
    return after


def final(record: Measurement) -> bool:
    """Whether the trial failed in a way that no repeat can change."""
    return record.status is Status.FAIL and bool(record.record.get("final"))
