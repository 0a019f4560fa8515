"""What probes told: findings picked out of measurements by the values of their fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from runner.records.outcome import Measurement, Status

Finding = Mapping[str, str | int | float]
"""One fact: names of fields to plain values, as the probe told them in one line."""


def findings(measurements: Iterable[Measurement], **where: object) -> Iterator[Finding]:
    """Those of all sound trials whose fields have the values that `where` names."""
    for measurement in measurements:
        if measurement.status is Status.OK:
            yield from told(measurement, where)


def told(measurement: Measurement, where: Mapping[str, object]) -> Iterator[Finding]:
    for finding in measurement.record.get("findings", ()):
        if all(_same(finding.get(name), wanted) for name, wanted in where.items()):
            yield finding


def values(
    measurement: Measurement, where: Mapping[str, object], field: str
) -> list[str | int | float]:
    """The values of one field in one trial; findings that lack the field are passed over."""
    return [finding[field] for finding in told(measurement, where) if field in finding]


def middle(measurement: Measurement, where: Mapping[str, object], field: str) -> float | None:
    """The median of a field's numbers in one trial, None where there is none."""
    numbers = [float(v) for v in values(measurement, where, field) if not isinstance(v, str)]
    return median(numbers) if numbers else None


def _same(found: Any, wanted: object) -> bool:
    """1024 is 1024.0: YAML and JSON write numbers differently."""
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return float(found) == float(wanted)
    return bool(found == wanted)
