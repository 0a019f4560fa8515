"""Measurements as evidence: picked by what was run and how, whatever the experiment was called.

Rules ask for what they need. What is not there is an answer as well: NO EVIDENCE with what to
run, SKIP with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from runner.claims.model import NotShownError, Standing
from runner.findings import Finding, told
from runner.measurement import Measurement, Status


class Evidence:
    """All measurements of a run."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._all = tuple(measurements)
        self._sound = tuple(m for m in self._all if m.status is Status.OK)

    def trials(self, **axes: object) -> list[Measurement]:
        """Sound trials whose cells have these values; a tuple of values means any of them. Raises
        NotShownError where there is none."""
        found = [m for m in self._sound if _has(m, axes)]
        if not found:
            raise self._nothing(axes)
        return found

    def maybe(self, **axes: object) -> list[Measurement]:
        """The same, empty where there is none."""
        return [m for m in self._sound if _has(m, axes)]

    def ran(self, **axes: object) -> list[Measurement]:
        """Trials that went to their end, also those whose figures something else on the machine
        spoilt: for what does not rest on figures. Raises NotShownError."""
        ended = (Status.OK, Status.INVALID)
        found = [m for m in self._all if m.status in ended and _has(m, axes)]
        if not found:
            raise self._nothing(axes)
        return found

    def findings(self, probe: str, axes: dict[str, object], **where: object) -> list[Finding]:
        """What a probe told, in all sound trials with these axes. Raises NotShownError."""
        found = [f for m in self.trials(probe=probe, **axes) for f in told(m, where)]
        if not found:
            pinned = ", ".join(f"{name}={value}" for name, value in where.items())
            raise NotShownError(Standing.INCONCLUSIVE, f"probe {probe} told nothing of {pinned}")
        return found

    def by_trial(
        self, probe: str, axes: dict[str, object], field: str, **where: object
    ) -> list[float]:
        """The median of a field in each sound trial: repeats are what intervals are made from."""
        samples = [
            median(numbers)
            for m in self.trials(probe=probe, **axes)
            if (numbers := [float(f[field]) for f in told(m, where) if field in f])
        ]
        if not samples:
            raise NotShownError(Standing.INCONCLUSIVE, f"probe {probe} told no {field}")
        return samples

    def metric(self, name: str, **axes: object) -> list[float]:
        """A metric of all sound trials with these axes. Raises NotShownError."""
        found = [float(m.metrics[name]) for m in self.trials(**axes) if name in m.metrics]
        if not found:
            raise NotShownError(Standing.INCONCLUSIVE, f"{name} was not measured{_of(axes)}")
        return found

    def words(self, name: str, **axes: object) -> list[str]:
        """A metric that is a name, of all sound trials with these axes. Raises NotShownError."""
        found = [str(m.metrics[name]) for m in self.trials(**axes) if name in m.metrics]
        if not found:
            raise NotShownError(Standing.INCONCLUSIVE, f"{name} was not measured{_of(axes)}")
        return found

    def labs(self, **axes: object) -> list[str]:
        """The labs of sound trials with these axes, each once, in the order in which they ran."""
        return sorted({str(m.cell.get("lab")) for m in self._sound if _has(m, axes)} - {"None"})

    def _nothing(self, axes: dict[str, object]) -> NotShownError:
        """Why there is no sound trial: it was skipped, spoilt, or never run."""
        tried = [m for m in self._all if _has(m, axes)]
        for status in (Status.FAIL, Status.ERROR, Status.INVALID, Status.SKIP):
            for m in tried:
                if m.status is status:
                    skipped = status is Status.SKIP
                    standing = Standing.SKIP if skipped else Standing.INCONCLUSIVE
                    return NotShownError(standing, f"{m.trial}: {status}: {m.reason}")
        return NotShownError(Standing.NO_EVIDENCE, f"nothing was run{_of(axes)}")


def values(sample: Sequence[object]) -> str:
    """Different values, each once, as a reader sees them."""
    return " / ".join(dict.fromkeys(str(value) for value in sample))


def _has(measurement: Measurement, axes: dict[str, object]) -> bool:
    for axis, wanted in axes.items():
        if axis == "measure":
            value: object = measurement.record.get("asked", {}).get("measure")
        else:
            value = measurement.cell.get(axis)
        if value not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            return False
    return True


def _of(axes: dict[str, object]) -> str:
    def shown(value: object) -> str:
        return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return "".join(f" {axis}={shown(value)}" for axis, value in axes.items())
