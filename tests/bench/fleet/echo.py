"""Against the floor that the kernel sets: send and recv on the same sockets, and nothing else."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.bench.fleet.cores import free_port, server
from tests.bench.fleet.latency import lab
from tests.bench.fleet.line import Line, compared, mirrored, skipped
from tests.fleet import floor as floors

ROUNDS = 9


def floor() -> Iterator[Line]:
    """64 B echo, requests per second of client CPU."""
    with tempfile.TemporaryDirectory() as folder:
        fleet, bare = floors.measured(Path(folder), active=50, rounds=ROUNDS)
    yield compared("64 B echo per client-core second: fleet / bare loop", fleet, bare, 0.85, 0.95)


def uring() -> Iterator[Line]:
    """The floor of io_uring over that of epoll: what a second loop could gain at most."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built = [_built(folder, "bare"), _built(folder, "bare_uring", "-luring")]
        for active in (1, 50, 500):
            line = f"io_uring's floor / epoll's, 64 B echo, {active} connections"
            if None in built:
                yield skipped(line, ">= 1.20", "type: sudo apt-get install liburing-dev")
                continue
            port = free_port()
            with server([lab()], port, {"PORT": str(port)}):
                ring, epoll = mirrored(
                    partial(floors.run_bare, folder / "bare_uring", str(port), active),
                    partial(floors.run_bare, folder / "bare", str(port), active),
                    ROUNDS,
                )
            found = compared(line, ring, epoll, 1.2, about="at so much the fleet would use it")
            yield found if found.verdict == "met" else replace(found, verdict="not used")


def _built(folder: Path, name: str, *libraries: str) -> Path | None:
    source = Path(floors.__file__).with_name(f"{name}.c")
    command = ["cc", "-std=gnu11", "-O2", str(source), "-o", str(folder / name), *libraries]
    done = subprocess.run(command, capture_output=True, check=False)
    return folder / name if done.returncode == 0 else None
