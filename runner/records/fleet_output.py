"""What the runner reads of a load generator's output (native/fleet/emit.c, result.c).

A number that the kernel does not give is None. The record keeps the objects as they were printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from runner.records.json_line import first_fault
from runner.records.trial_record import Printed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """The resource that the load generator itself ran out of; where it ran out of ports, also how
    many sockets its network namespace has."""

    what: str
    sockets: int | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """The server's listen queue: how many connections it holds, and how many met it full."""

    backlog: int
    drops: int
    somaxconn: int | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """All connections are open, or no more can be opened."""

    idle: int
    active: int
    seconds: float
    errors: Mapping[str, int]
    own_limit: OwnLimit | None = None
    listening: Listening | None = None
    printed: Printed = field(default_factory=dict)
    """The whole object, for the record."""


@dataclass(frozen=True, slots=True)
class FleetProgress:
    """How far a load generator is: connections that are open, requests/s and p99 (0 before there
    was a reply)."""

    phase: str
    connected: int = 0
    rate: float = 0
    p99_ns: float = 0


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU time of the load generator, which is one thread, in its window; `run_ns` and `wait_ns`
    are 0 where the kernel does not give them."""

    wall_ns: int
    user_ns: int
    system_ns: int
    run_ns: int = 0
    wait_ns: int = 0


@dataclass(frozen=True, slots=True)
class Turns:
    """`span_ns`: how long the window lasted including the turns of the others. `overrun_ns`: for
    how long requests were in flight during those turns."""

    span_ns: int = 0
    overrun_ns: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """The requests by the load generator's own schedule; histograms in HdrHistogram's encoding,
    empty where there is none."""

    kind: str = ""
    pipeline: int = 1
    driven: int = 0
    think: str = ""
    scheduled: int = 0
    unsent: int = 0
    uncorrected: str = ""
    lag: str = ""


@dataclass(frozen=True, slots=True)
class Net:
    """What the kernel counted for the server's listener and the connections to it."""

    listen_drops: int | None = None
    listen_backlog: int | None = None
    somaxconn: int | None = None
    retransmits: int | None = None
    needless: int | None = None
    time_wait: int | None = None
    time_wait_overflows: int | None = None
    conntrack: int | None = None
    conntrack_most: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Slow connections, or ones that read nothing, that the server dropped."""

    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Stream:
    listeners: int
    frames: int
    late: int
    gaps: int
    lateness: str
    jitter: str
    stalled: Dropped = Dropped()


@dataclass(frozen=True, slots=True)
class FleetResult:
    """All that one load generator measured. The series have one value for each step of the
    window: requests, p50 and p99 in ns, and the encoded latencies; None where there were too many
    steps to keep."""

    requests: int
    seconds: float
    errors: Mapping[str, int]
    cpu: Cpu
    latency: str
    answered: float | None = None
    completed: int = 0
    """Replies since the start: proofs of service, and requests in the window and outside."""
    interrupted: bool = False
    interrupted_by: str | None = None
    own_limit: OwnLimit | None = None
    idle_alive: int = 0
    active_alive: int = 0
    accepted: int = 0
    still_ns: int = 0
    turns: Turns = Turns()
    loop: Loop = Loop()
    net: Net = Net()
    served: int | None = None
    stopped_by: str | None = None
    slow: Dropped = Dropped()
    stream: Stream | None = None
    interval_ns: int | None = None
    began_ns: int = 0
    """CLOCK_MONOTONIC of its machine at the beginning of the window, without the turns of others.
    """
    series: tuple[int, ...] | None = None
    series_p50_ns: tuple[int, ...] | None = None
    series_p99_ns: tuple[int, ...] | None = None
    series_latency: tuple[str, ...] | None = None
    printed: Printed = field(default_factory=dict)
    """The whole object, for the record."""


_PROGRESS = TypeAdapter(FleetProgress)
_CONNECTED = TypeAdapter(Connected)
_RESULT = TypeAdapter(FleetResult)


def progress(event: Mapping[str, Any]) -> FleetProgress:
    """Raises ValueError that names the field."""
    return _read(_PROGRESS, event)


def connected(event: Mapping[str, Any]) -> Connected:
    """Raises ValueError that names the field."""
    return replace(_read(_CONNECTED, event), printed=event)


def result(event: Mapping[str, Any]) -> FleetResult:
    """Raises ValueError that names the field."""
    return replace(_read(_RESULT, event), printed=event)


def _read(adapter: TypeAdapter[T], event: Mapping[str, Any]) -> T:
    try:
        return adapter.validate_json(json.dumps(event), strict=True)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
