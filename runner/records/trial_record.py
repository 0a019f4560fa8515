"""All that a trial's metrics were computed from, and what else a verdict depends on.

What the runner itself reads from a record has a type here. What it keeps only for other readers
(the load generators' own results, the state of the machine, the details of a trace) is kept as it
was printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from runner.records.apart import Apart
from runner.records.asked import Asked
from runner.records.observed import Accounted, Classified, Sighting
from runner.records.usage import Usage

Fact = Mapping[str, str | bool | int | float]
"""Names of fields to plain values, as a probe reported them in one line."""
Printed = Mapping[str, object]
"""An object as it was printed, kept for other readers: nothing in the runner reads it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """RLIMIT_NOFILE of a process."""

    soft: int
    hard: int | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """The limits of each role that ran. `denied`: the system calls that the kernel denied to the
    measured program; none of them where the machine cannot, None where nothing was to be denied or
    no program ran."""

    probe: Limits | None = None
    server: Limits | None = None
    fleet: Limits | None = None
    denied: tuple[str, ...] | None = None

    @property
    def measured(self) -> int | None:
        """The soft limit of the measured program: the server, or a probe that ran alone."""
        limits = self.server or self.probe
        return None if limits is None else limits.soft


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the trial ran: figures of different placements are never compared, because the
    placement changes them more than the model does. The CPUs of each role: empty for any CPU, None
    where there was no such role. `shared`: server and load generator had one CPU between them.
    `pinned`: what held them there; empty, and null on disk, where nothing did. `path`: the network
    between them. `host`: the host of a cluster; left out on disk where the machine that began
    the run measured."""

    server: tuple[int, ...] | None = None
    fleet: tuple[int, ...] | None = None
    probe: tuple[int, ...] | None = None
    shared: bool | None = None
    pinned: str | None = None
    path: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One traced request; its phases in ns."""

    request: Printed | None = None
    steps: tuple[Printed, ...] = ()
    began: int = 0
    arrived: int = 0
    wait_ns: int | float = 0
    copy_ns: int | float = 0
    total_ns: int | float = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """What the tracer recorded; `switches` between coroutines."""

    conversation: Printed | None = None
    counts: Printed | None = None
    classification: Classified | None = None
    timeline: Timeline | None = None
    accounting: Accounted | None = None
    coroutines: Printed | None = None
    look: Printed | None = None
    switches: int = 0


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A field is None, and is left out on disk, where it was not observed or the trial ended
    before."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "ignore"}

    asked: Asked = field(default_factory=Asked)
    began: float | None = None
    """Seconds since the epoch, as `ended`."""
    ended: float | None = None
    final: bool = False
    """The trial failed, and a repeat would fail in the same way."""
    traceback: str | None = None
    """The traceback of a failure of the runner itself."""
    granted: Granted = field(default_factory=Granted)
    isolation: tuple[str, ...] | None = None
    placement: Placement | None = None
    apart: Apart | None = None
    """Of a load that came from other hosts: their clocks and networks, and a null server."""
    moments: Mapping[str, Printed] | None = None
    """The machine before the trial, at both ends of its window, and after it."""
    settled: bool | None = None
    """Whether the rate of requests was steady from the beginning of the window."""
    usage: tuple[Usage, ...] | None = None
    """The server's accounting: when READY, when all are connected, at both ends of the window."""
    refusals: tuple[tuple[str, int], ...] | None = None
    """The limits that the server reported, each with the descriptor that it could not open."""
    connected: tuple[Printed, ...] | None = None
    """What each load generator printed when it had connected."""
    series: Printed | None = None
    """The window step by step, all load generators together."""
    fleets: tuple[Printed, ...] | None = None
    """The result of each load generator, with its histograms in HdrHistogram's encoding."""
    findings: tuple[Fact, ...] | None = None
    """The facts that a probe reported."""
    samples: Mapping[str, Usage] | None = None
    """The server's accounting at each moment for which a probe requested it."""
    trace: Traced | None = None
    sightings: tuple[Sighting, ...] | None = None
    """What /proc showed of the server without a tracer, outside the window."""
    disturbed: str | None = None
    """Why the machine made the figures invalid; empty, and null on disk, where it did not."""
    rate_at_most: float | None = None
    """The trial is INVALID because the server was too slow for its window: then its rate, in
    requests a second, is below this."""
    contract: tuple[str, ...] | None = None
    """What the server did that docs/contract.md forbids but that does not make the trial fail."""
    unseen: str | None = None
    """Why nothing that rests on the accounting of the server's processes was measured."""
    notes: tuple[str, ...] | None = None
    """Notes that belong to the figures, those of `contract` included."""
