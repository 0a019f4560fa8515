"""All that a trial's metrics were computed from, and what a verdict needs to know beside them.

What the runner reads of a record again has a type here. What it keeps for others alone (the load
generators' own results, the state of the machine, the details of a trace) is kept as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from runner.records.asked import Asked
from runner.records.usage import Usage

Fact = Mapping[str, str | bool | int | float]
"""Names of fields to plain values, as a probe reported them in one line."""
Said = Mapping[str, object]
"""An object as it was said, kept for others: nothing here reads it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """RLIMIT_NOFILE as a process had it."""

    soft: int
    hard: int | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """The limits of each role that ran."""

    probe: Limits | None = None
    server: Limits | None = None
    fleet: Limits | None = None

    @property
    def measured(self) -> int | None:
        """The soft limit of what was measured: of the server, or of a probe that ran alone."""
        limits = self.server or self.probe
        return None if limits is None else limits.soft


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the trial ran: part of its cell's identity, for it moves figures more than the model
    does. CPUs of each role: empty where it was any, None where there was no such role. `shared`:
    server and load generator had one CPU between them. `pinned`: by what; empty, and null on
    disk, where by nothing.
    `path`: the way between them."""

    server: tuple[int, ...] | None = None
    fleet: tuple[int, ...] | None = None
    probe: tuple[int, ...] | None = None
    shared: bool | None = None
    pinned: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One request under the tracer; its phases in ns."""

    request: Said | None = None
    steps: tuple[Said, ...] = ()
    began: int = 0
    arrived: int = 0
    wait_ns: int | float = 0
    copy_ns: int | float = 0
    total_ns: int | float = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """What the tracer saw; `switches` between coroutines."""

    conversation: Said | None = None
    counts: Said | None = None
    classification: Said | None = None
    timeline: Timeline | None = None
    accounting: Said | None = None
    coroutines: Said | None = None
    look: Said | None = None
    switches: int = 0


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What is None was not looked at, or the trial did not come so far: it is left out on disk."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = {
        "extra": "ignore",
        "use_attribute_docstrings": True,
    }

    asked: Asked = field(default_factory=Asked)
    began: float | None = None
    """Seconds since the epoch, as `ended`."""
    ended: float | None = None
    final: bool = False
    """The trial failed, and a repeat would fail in the same way."""
    traceback: str | None = None
    """Of a failure of the runner itself."""
    granted: Granted = field(default_factory=Granted)
    isolation: tuple[str, ...] | None = None
    placement: Placement | None = None
    moments: Mapping[str, Said] | None = None
    """The machine before the trial, at both ends of its window, and after it."""
    settled: bool | None = None
    """Whether the server had come to rest before the window."""
    usage: tuple[Usage, ...] | None = None
    """The server's accounting: when READY, when all are connected, at both ends of the window."""
    refusals: tuple[tuple[str, int], ...] | None = None
    """The limits that the server named, each with the descriptor that it could not have."""
    connected: tuple[Said, ...] | None = None
    """What each load generator said when it had connected."""
    series: Said | None = None
    """The window step by step, all load generators together."""
    fleets: tuple[Said, ...] | None = None
    """The result of each load generator, with its histograms in HdrHistogram's encoding."""
    findings: tuple[Fact, ...] | None = None
    """The facts that a probe reported."""
    samples: Mapping[str, Usage] | None = None
    """The server's accounting at each moment that a probe named."""
    trace: Traced | None = None
    disturbed: str | None = None
    """Why the machine made the figures invalid; empty, and null on disk, where it did not."""
    contract: tuple[str, ...] | None = None
    """What the server did that docs/contract.md forbids, and that costs no marks."""
    notes: tuple[str, ...] | None = None
    """What must be said beside the figures; what `contract` holds is among it."""
