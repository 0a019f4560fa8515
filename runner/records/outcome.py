"""What one trial yields: plain data, written to `trials.jsonl` and read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from runner.spec import Cell
from runner.untrusted import clean

FORMAT = 2
"""Version of a line in `trials.jsonl` and of `run.json`; `results/upgrade.py` reads older ones."""


class Status(StrEnum):
    """How a trial ended. Only FAIL is the server's doing."""

    OK = "OK"
    FAIL = "FAIL"  # the server broke the contract: no READY, died, refused what it had to hold
    SKIP = "SKIP"  # a capability is missing here, and it is named
    INVALID = "INVALID"  # it ran, but the instrument or the environment spoilt the numbers
    ERROR = "ERROR"  # the lab itself failed


@dataclass(frozen=True, slots=True)
class Measurement:
    """One trial's outcome. `metrics` has a value for each name of `spec.metrics` that could be
    measured, in the unit stated there; `record` all that they were computed from."""

    trial: str
    cell: Cell
    block: int
    status: Status
    reason: str = ""
    metrics: Mapping[str, float | str] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    session: int = 1
    """Which start of the runner measured it: 1, or more where the run was resumed."""

    @property
    def final(self) -> bool:
        """Whether the trial failed in a way that no repeat can change."""
        return self.status is Status.FAIL and bool(self.record.get("final"))

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "trial": self.trial,
            "experiment": self.cell.experiment,
            "cell": dict(self.cell.values),
            "block": self.block,
            "session": self.session,
            "status": str(self.status),
            "reason": self.reason,
            "metrics": dict(self.metrics),
            "record": dict(self.record),
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Measurement:
        """The line is one of this format, held against its schema (results/typed.py). Which axes
        vary is the suite's to say, so a cell from a line is called by all of its axes."""
        axes = tuple((clean(axis), _value(value)) for axis, value in line["cell"].items())
        return cls(
            trial=clean(line["trial"]),
            cell=Cell(clean(line["experiment"]), axes, tuple(axis for axis, _ in axes)),
            block=int(line["block"]),
            status=Status(line["status"]),
            reason=str(line["reason"]),
            metrics=dict(line["metrics"]),
            record=dict(line["record"]),
            session=int(line["session"]),
        )


def _value(value: int | str) -> int | str:
    return clean(value) if isinstance(value, str) else value
