"""What one trial yields; `json_line.py` writes it to `trials.jsonl` and reads it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runner.records.trial_record import TrialRecord
from runner.spec import Cell


class Status(StrEnum):
    """How a trial ended. Only FAIL is the server's doing."""

    OK = "OK"
    FAIL = "FAIL"  # the server broke the contract: no READY, died, refused what it had to hold
    SKIP = "SKIP"  # a capability is missing here, and it is named
    INVALID = (
        "INVALID"  # it ran, but the instrument or the environment may have falsified the numbers
    )
    ERROR = "ERROR"  # the lab itself failed


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trial's outcome. `metrics` has a value for each name of `kinds.METRICS` that could be
    measured, in the unit stated there; `record` all that they were computed from."""

    trial: str
    cell: Cell
    block: int
    status: Status
    reason: str = ""
    metrics: Mapping[str, float | str] = field(default_factory=dict)
    record: TrialRecord = field(default_factory=TrialRecord)
    session: int = 1
    """Which start of the runner measured it: 1, or more where the run was resumed."""

    @property
    def host(self) -> str | None:
        """The host of a cluster that measured it; None for the machine that began the run."""
        return self.record.placement.host if self.record.placement is not None else None

    @property
    def final(self) -> bool:
        """Whether the trial failed in a way that no repeat can change."""
        return self.status is Status.FAIL and self.record.final
