"""What probes told: facts picked out of measurements by the values of their fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from runner.records.outcome import Measurement
from runner.records.trial_record import Fact


def told(measurement: Measurement, where: Mapping[str, object]) -> Iterator[Fact]:
    for fact in measurement.record.findings or ():
        if all(_same(fact.get(name), wanted) for name, wanted in where.items()):
            yield fact


def values(
    measurement: Measurement, where: Mapping[str, object], field: str
) -> list[str | int | float]:
    """The values of one field in one trial; facts that lack the field are passed over."""
    return [fact[field] for fact in told(measurement, where) if field in fact]


def middle(measurement: Measurement, where: Mapping[str, object], field: str) -> float | None:
    """The median of a field's numbers in one trial, None where there is none."""
    numbers = [float(v) for v in values(measurement, where, field) if not isinstance(v, str)]
    return median(numbers) if numbers else None


def _same(found: object, wanted: object) -> bool:
    """1024 is 1024.0: YAML and JSON write numbers differently."""
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return float(found) == float(wanted)
    return bool(found == wanted)
