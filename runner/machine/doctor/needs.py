"""What a plan asks of a machine."""

from __future__ import annotations

from dataclasses import dataclass

CONNECTION_BYTES = 12 << 10
"""Memory that one held connection costs this machine: two sockets at 3.4 KB each (measured), the
server's own and the fleet's own part of it, rounded up."""
BASE_BYTES = 512 << 20
"""Boxes, the runner and the kernel beside that."""
TRIAL_BYTES = 64 << 10
"""A trial's record on disk, with its share of the reports, rounded up."""
RUN_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Needs:
    """The most that any one trial asks for. All zero: what any run needs at all. `skipped` are the
    trials that the plan itself knows cannot run, by their reason."""

    spec: str = ""
    engine: str = "auto"
    trials: int = 0
    descriptors: int = 0
    connections: int = 0
    connections_per_fleet: int = 0
    sources: int = 1
    processes: int = 0
    io_uring: bool = False
    liburing: bool = False
    tracer: bool = False

    @property
    def memory(self) -> int:
        return BASE_BYTES + self.connections * CONNECTION_BYTES

    @property
    def disk(self) -> int:
        return RUN_BYTES + self.trials * TRIAL_BYTES
