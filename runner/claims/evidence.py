"""Measurements as evidence: selected by cell and kind, whatever the experiment's name is.

Rules select the trials that they need. Missing trials are a result too: NO EVIDENCE with what to
run, SKIP with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from runner.claims.ruling import NotShownError, Standing
from runner.judge.level import share
from runner.judge.ratios import interval_of, paired, samples
from runner.records.facts import matching
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Fact
from runner.stats.interval import ALPHA, Interval


@dataclass(frozen=True, slots=True)
class Source:
    """A run: its measurements that count, and how many intervals it holds against a bound.
    `whole` are the experiments that it measured whole, `cut` says why others are not."""

    run: str
    measurements: tuple[Outcome, ...]
    comparisons: int = 1
    whole: frozenset[str] = frozenset()
    cut: str = ""

    def shown(self, experiment: str) -> str:
        """Its name, and why its evidence for the experiment is not whole."""
        why = f" ({self.cut or 'not whole'})" if experiment not in self.whole else ""
        return f"{self.run}{why}"


class Evidence:
    """All measurements of a run, or of several: `sources` says of which, and how many intervals
    each run holds against a bound, for an interval here must be as sure as the run's own."""

    def __init__(
        self, measurements: Iterable[Outcome], sources: Mapping[str, Source] | None = None
    ) -> None:
        self._all = tuple(measurements)
        self._sound = tuple(m for m in self._all if m.status is Status.OK)
        self._sources = sources or {}
        self._used: dict[str, None] = {}

    def used(self) -> tuple[str, ...]:
        """The runs whose measurements were used since the last call."""
        runs = {self._sources[e].shown(e): None for e in self._used if e in self._sources}
        self._used.clear()
        return tuple(runs)

    def ratio(
        self, metric: str, over: Sequence[Outcome], under: Sequence[Outcome], among: int = 1
    ) -> Interval | None:
        """As the run itself judges it: by blocks, in pairs, and as surely; of so many intervals
        `among` which a rule looks for one, all together. None where no block has both, or a value
        is not above 0."""
        source = self._sources.get(over[0].cell.experiment)
        comparisons = source.comparisons if source is not None else 1
        sides = self._repeats(over), self._repeats(under)
        pairs = paired(*(samples(side, metric) for side in sides))
        if not pairs or min(min(pair) for pair in pairs.values()) <= 0:
            return None
        alpha = ALPHA / max(1, comparisons) / among * share(sides)
        return interval_of(pairs, [m for side in sides for m in side], alpha)

    def _repeats(self, some: Sequence[Outcome]) -> list[Outcome]:
        """All repeats of the cells of these, also those that are not sound: how many looks there
        were does not depend on that."""
        cells = {m.cell for m in some}
        return [m for m in self._all if m.cell in cells]

    def trials(self, **axes: object) -> list[Outcome]:
        """Sound trials whose cells have these values; a tuple of values means any of them. Raises
        NotShownError where there is none."""
        trials = self.maybe(**axes)
        if not trials:
            raise self._nothing(axes)
        return trials

    def maybe(self, **axes: object) -> list[Outcome]:
        """The same, empty where there is none."""
        return self._noted([m for m in self._sound if _has(m, axes)])

    def _noted(self, measurements: list[Outcome]) -> list[Outcome]:
        self._used.update(dict.fromkeys(m.cell.experiment for m in measurements))
        return measurements

    def ran(self, **axes: object) -> list[Outcome]:
        """Trials that went to their end, also those whose figures something else on the machine
        made invalid: for what does not rest on figures. Raises NotShownError."""
        ended = (Status.OK, Status.INVALID)
        trials = self._noted([m for m in self._all if m.status in ended and _has(m, axes)])
        if not trials:
            raise self._nothing(axes)
        return trials

    def findings(self, probe: str, axes: dict[str, object], **where: object) -> list[Fact]:
        """A probe's findings in all valid trials with these axes. Raises NotShownError."""
        findings = [f for m in self.trials(probe=probe, **axes) for f in matching(m, where)]
        if not findings:
            pinned = ", ".join(f"{name}={value}" for name, value in where.items())
            raise NotShownError(
                Standing.INCONCLUSIVE, f"probe {probe} reported nothing about {pinned}"
            )
        return findings

    def by_trial(
        self, probe: str, axes: dict[str, object], field: str, **where: object
    ) -> list[float]:
        """The median of a field in each sound trial: repeats are what intervals are made from."""
        samples = [
            median(numbers)
            for m in self.trials(probe=probe, **axes)
            if (numbers := [float(f[field]) for f in matching(m, where) if field in f])
        ]
        if not samples:
            raise NotShownError(Standing.INCONCLUSIVE, f"probe {probe} reported no {field}")
        return samples

    def metric(self, name: str, **axes: object) -> list[float]:
        """A metric of all sound trials with these axes. Raises NotShownError."""
        values = [float(m.metrics[name]) for m in self.trials(**axes) if name in m.metrics]
        if not values:
            raise NotShownError(Standing.INCONCLUSIVE, f"{name} was not measured{_of(axes)}")
        return values

    def words(self, name: str, **axes: object) -> list[str]:
        """A metric that is a name, of all sound trials with these axes. Raises NotShownError."""
        words = [str(m.metrics[name]) for m in self.trials(**axes) if name in m.metrics]
        if not words:
            raise NotShownError(Standing.INCONCLUSIVE, f"{name} was not measured{_of(axes)}")
        return words

    def labs(self, **axes: object) -> list[str]:
        """The labs of sound trials with these axes, each once, in the order in which they ran."""
        return sorted({str(m.cell.get("lab")) for m in self._sound if _has(m, axes)} - {"None"})

    def _nothing(self, axes: dict[str, object]) -> NotShownError:
        """Why there is no sound trial: it was skipped, invalid, or never run."""
        tried = self._noted([m for m in self._all if _has(m, axes)])
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


def _has(measurement: Outcome, axes: dict[str, object]) -> bool:
    for axis, selected in axes.items():
        if axis == "measure":
            value: object = measurement.record.asked.measure
        else:
            value = measurement.cell.get(axis)
        if value not in (selected if isinstance(selected, tuple) else (selected,)):
            return False
    return True


def _of(axes: dict[str, object]) -> str:
    def shown(value: object) -> str:
        return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)

    named = [f"{axis}={shown(value)}" for axis, value in axes.items()]
    return f" with {' '.join(named)}" if named else ""
