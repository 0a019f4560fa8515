"""What every report is made from: the run as data, and one row a cell. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from runner.judge import Decision, Verdict
from runner.judge.cut import Incomplete
from runner.judge.tally import unshown
from runner.records.outcome import Outcome, Status
from runner.spec import Cell, Experiment, Suite
from runner.stats.interval import FEWEST, Interval, median_interval
from runner.stats.spread import outliers


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a report may show."""

    name: str
    environment: Mapping[str, Any]
    suite: Suite
    measurements: Sequence[Outcome]
    verdicts: Sequence[Verdict]
    superseded: Sequence[Outcome] = ()
    """Records of trials that were run again: kept on disk, and counted nowhere but here."""
    incomplete: Incomplete | None = None
    """What the run lacks; None where it ended after its whole plan."""
    changed: bool = False
    """Whether the folder is not as its manifest says: then its figures are nothing that was
    measured."""

    def experiments(self) -> list[Experiment]:
        """Those of which something was run, or was to be run, in the order of the spec."""
        ran = {measurement.cell.experiment for measurement in self.measurements}
        ran |= {verdict.experiment for verdict in self.verdicts}
        return [experiment for experiment in self.suite.experiments if experiment.id in ran]

    def cells(self, experiment: Experiment) -> list[CellSummary]:
        by_cell: dict[Cell, list[Outcome]] = {}
        for measurement in self.measurements:
            by_cell.setdefault(measurement.cell, []).append(measurement)
        return [
            CellSummary(cell, tuple(by_cell[cell]))
            for cell in experiment.cells()
            if cell in by_cell
        ]

    def unjudged(self, experiment: Experiment) -> list[Outcome]:
        """Of each cell with a trouble that no verdict shows, the record that says it."""
        return [
            record
            for record in unshown(self.verdicts, self.measurements)
            if record.cell.experiment == experiment.id
        ]

    def tally(self) -> dict[Decision, int]:
        return {
            outcome: sum(verdict.outcome is outcome for verdict in self.verdicts)
            for outcome in Decision
        }


@dataclass(frozen=True, slots=True)
class CellSummary:
    """All repeats of one cell."""

    cell: Cell
    measurements: tuple[Outcome, ...]

    @property
    def sound(self) -> tuple[Outcome, ...]:
        return tuple(m for m in self.measurements if m.status is Status.OK)

    @property
    def unsound(self) -> tuple[Outcome, ...]:
        return tuple(m for m in self.measurements if m.status is not Status.OK)

    def numbers(self, metric: str) -> list[float]:
        return [float(m.metrics[metric]) for m in self.sound if metric in m.metrics]

    def median(self, metric: str) -> float | None:
        numbers = self.numbers(metric)
        return median(numbers) if numbers else None

    def interval(self, metric: str) -> Interval | None:
        """Of the median; None where the repeats are too few for one."""
        numbers = self.numbers(metric)
        return median_interval(numbers) if len(numbers) >= FEWEST else None

    def spread(self, metric: str) -> float | None:
        """Half of the range as a share of the median: 0.05 is ±5%."""
        numbers, middle = self.numbers(metric), self.median(metric)
        if not middle or len(numbers) < 2:
            return None
        return (max(numbers) - min(numbers)) / 2 / middle

    def outliers(self, metric: str) -> dict[str, float]:
        """How far the repeats that stand apart are off the median, by their trial's id."""
        return outliers(
            {m.trial: float(m.metrics[metric]) for m in self.sound if metric in m.metrics}
        )

    def text(self, metric: str) -> str | None:
        """A fact as text; the repeats that disagree are shown side by side."""
        values = dict.fromkeys(str(m.metrics[metric]) for m in self.sound if metric in m.metrics)
        return " / ".join(values) or None

    def granted(self) -> int | None:
        """The soft RLIMIT_NOFILE that the server had, or a probe that ran alone."""
        for measurement in self.measurements:
            if (granted := measurement.record.granted.measured) is not None:
                return granted
        return None
