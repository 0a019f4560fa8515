"""Selects the facts that probes reported by the values of their fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from runner.records.outcome import Outcome
from runner.records.trial_record import Fact


def matching(measurement: Outcome, where: Mapping[str, object]) -> Iterator[Fact]:
    """The facts of one trial whose fields have these values."""
    for fact in measurement.record.findings or ():
        if all(_same(fact.get(name), value) for name, value in where.items()):
            yield fact


def values(
    measurement: Outcome, where: Mapping[str, object], field: str
) -> list[str | int | float]:
    """The values of one field in one trial, without the facts that lack the field."""
    return [fact[field] for fact in matching(measurement, where) if field in fact]


def middle(measurement: Outcome, where: Mapping[str, object], field: str) -> float | None:
    """The median of a field's numbers in one trial, None where there is none."""
    numbers = [float(v) for v in values(measurement, where, field) if not isinstance(v, str)]
    return median(numbers) if numbers else None


def _same(one: object, other: object) -> bool:
    """1024 is 1024.0: YAML and JSON write numbers differently."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return float(one) == float(other)
    return bool(one == other)
