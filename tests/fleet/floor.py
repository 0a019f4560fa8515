"""How near is the fleet to the floor that the kernel sets? `python -m tests.fleet.floor`.

Runs the fleet and bare.c (send and recv on the same sockets, no histogram, no verification) in
turns against the epoll lab, client and server on a core each, and compares the medians of
requests per second of client CPU: noise from the neighbours moves the rate, but hardly that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .driving import compiled

ROOT = Path(__file__).parents[2]
SERVER_CORE, CLIENT_CORE = "0", "1"
WARMUP_MS, DURATION_MS = 100, 500


@dataclass(frozen=True, slots=True)
class Floor:
    """Requests per client-core second, medians of interleaved runs; busy shares of a core."""

    fleet: float
    bare: float
    fleet_busy: float
    server_busy: float

    @property
    def ratio(self) -> float:
        """1.0: the kernel's work is all there is."""
        return self.fleet / self.bare


def pinned(core: str, *command: str) -> list[str]:
    """On one core, if there is more than one."""
    return ["taskset", "-c", core, *command] if (os.cpu_count() or 1) > 1 else [*command]


def cpu_ns(pid: int) -> int:
    """What a process has run so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def run_fleet(program: Path, server: int, port: str, active: int) -> tuple[float, float, float]:
    """Requests per client-core second, and how busy fleet and server were."""
    command = [
        f"{program}", "--connect", f"127.0.0.1:{port}", "--active", f"{active}",
        "--warmup", f"{WARMUP_MS}ms", "--duration", f"{DURATION_MS}ms",
    ]  # fmt: skip
    at = {}
    with subprocess.Popen(
        pinned(CLIENT_CORE, *command), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            at[event["event"]] = cpu_ns(server)
    cpu = event["cpu"]
    served = at["measured"] - at["measuring"]
    # The first reply on each connection answers a request sent before the window: work that the
    # fleet does not count and the bare loop does.
    handled = event["requests"] + active
    return (
        handled * 1e9 / cpu["run_ns"],
        cpu["run_ns"] / cpu["wall_ns"],
        served / cpu["wall_ns"],
    )


def run_bare(program: Path, port: str, active: int) -> float:
    """Requests per client-core second."""
    command = [f"{program}", port, f"{active}", "64", f"{WARMUP_MS}", f"{DURATION_MS}"]
    run = subprocess.run(
        pinned(CLIENT_CORE, *command), stdout=subprocess.PIPE, text=True, check=True
    )
    requests, nanoseconds = run.stdout.split()
    return int(requests) * 1e9 / int(nanoseconds)


def measured(folder: Path, active: int, rounds: int) -> tuple[list[float], list[float]]:
    """The samples of the fleet and of the bare loop: requests per client-core second."""
    fleets, bares = interleaved(folder, active, rounds)
    return [rate for rate, _busy, _served in fleets], bares


def measure(folder: Path, active: int, rounds: int) -> Floor:
    """Both in turns against one server."""
    fleets, bares = interleaved(folder, active, rounds)
    rate, busy, served = (median(column) for column in zip(*fleets, strict=True))
    return Floor(rate, median(bares), busy, served)


def interleaved(
    folder: Path, active: int, rounds: int, port: str = "9199"
) -> tuple[list[tuple[float, float, float]], list[float]]:
    """What each run found, the fleet's with how busy fleet and server were."""
    fleet = compiled(folder / "fleet", "-O2")
    bare, server = folder / "bare", folder / "server"
    cc = ["cc", "-std=gnu11", "-O2"]
    subprocess.run([*cc, f"{Path(__file__).parent / 'bare.c'}", "-o", f"{bare}"], check=True)
    lab = [f"{ROOT / 'labs/epoll/server.c'}", f"{ROOT / 'labs/lab.c'}", f"-I{ROOT / 'labs'}"]
    subprocess.run([*cc, *lab, "-o", f"{server}"], check=True)
    environment = {**os.environ, "PORT": port, "BACKLOG": "4096"}
    with subprocess.Popen(
        pinned(SERVER_CORE, f"{server}"), env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # READY
            fleets, bares = [], []
            for _ in range(rounds):
                fleets.append(run_fleet(fleet, process.pid, port, active))
                bares.append(run_bare(bare, port, active))
        finally:
            process.terminate()
    return fleets, bares


def main() -> None:
    """Print one line for each number of connections."""
    for active in (1, 50, 500):
        with tempfile.TemporaryDirectory() as folder:
            floor = measure(Path(folder), active, rounds=9)
        sys.stdout.write(
            f"{active:4} active: fleet {floor.fleet:8.0f}, bare {floor.bare:8.0f} requests per "
            f"client-core second: ratio {floor.ratio:.3f} (busy: fleet {floor.fleet_busy:.0%}, "
            f"server {floor.server_busy:.0%})\n"
        )


if __name__ == "__main__":
    main()
