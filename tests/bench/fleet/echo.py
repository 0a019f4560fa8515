"""Against the floor that the kernel sets: send and recv on the same sockets, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.fleet.line import Line, compared
from tests.fleet.floor import measured

ROUNDS = 9


def floor() -> Iterator[Line]:
    """64 B echo, requests per second of client CPU."""
    with tempfile.TemporaryDirectory() as folder:
        fleet, bare = measured(Path(folder), active=50, rounds=ROUNDS)
    yield compared("64 B echo per client-core second: fleet / bare loop", fleet, bare, 0.85, 0.95)
