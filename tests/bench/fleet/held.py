"""How many connections at once, every one alive: each echoes once within a minute.

The descriptor limit of a process ends it long before the machine does, so servers and fleets are
as many processes as it takes; each pair has a port of its own, and with it all the ports of its
source addresses. In a network namespace of their own, because connection tracking would count them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

from tests.bench.fleet.cores import fleet_program, namespace
from tests.bench.fleet.latency import lab
from tests.bench.fleet.line import Line, fact, skipped
from tests.fleet.few_ports import bring_up_loopback

WANTED = int(os.environ.get("BENCH_CONNECTIONS", "200000"))
SPARE = 500
"""Descriptors a process needs for itself, and some."""
COST = 12 << 10
"""Bytes a connection takes of the machine, both sides and their processes; generous."""
MINUTE = 60
FIRST_PORT = 10_000


def at_once() -> Iterator[Line]:
    """Where the machine's memory ends before the number that is wanted, fewer, and said so."""
    name, bar = "connections at once, each echoing within a minute", f"{WANTED:,}"
    most = _available() * 8 // 10 // COST
    count = min(WANTED, most)
    held = "import sys; from tests.bench.fleet.held import main; main(int(sys.argv[1]))"
    words = namespace()
    if not words:
        yield skipped(name, bar, "this kernel lets nobody make a network namespace; run as root")
        return
    fleet_program()
    lab()
    inside = [*words, sys.executable, "-c", held, str(count)]
    run = subprocess.run(inside, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        yield fact(name, "failed", met=False, bar=bar, about=run.stdout[-200:])
        return
    found = json.loads(run.stdout.splitlines()[-1])
    yield fact(
        name,
        f"{found['alive']:,} alive, {found['echoed']:,} echoes, {found['errors']} errors",
        met=found["alive"] >= WANTED and found["echoed"] >= WANTED and not found["errors"],
        bar=bar,
        beyond="1,000,000: BENCH_CONNECTIONS=1000000",
        about=f"user bytes a connection: fleet {found['fleet_bytes']:.0f}, server "
        f"{found['server_bytes']:.0f}; of the machine {found['machine_bytes']:.0f}, both sides"
        + ("" if count == WANTED else f"; memory ends at {count:,}"),
    )


def main(count: int) -> None:
    """Hold so many, and say what it took."""
    bring_up_loopback()
    each = getrlimit(RLIMIT_NOFILE)[1] - SPARE
    pairs = -(-count // each)
    shares = [count // pairs + (index < count % pairs) for index in range(pairs)]
    with ExitStack() as ends:
        servers = [_server(ends, FIRST_PORT + index) for index in range(pairs)]
        before, at_first = _available(), sum(map(_rss, servers))
        fleets = [_fleet(ends, FIRST_PORT + index, held) for index, held in enumerate(shares)]
        own = sum(_rss(fleet.pid) for fleet in fleets)
        for fleet in fleets:
            _until(fleet, "connected")
        taken = before - _available()
        grown = sum(map(_rss, servers)) - at_first
        used = sum(_rss(fleet.pid) for fleet in fleets) - own
        for fleet in fleets:
            assert fleet.stdin is not None
            fleet.stdin.write("start\n")
            fleet.stdin.flush()
        results = [_until(fleet, "result") for fleet in fleets]
    sys.stdout.write(
        json.dumps(
            {
                "alive": sum(result["active_alive"] for result in results),
                "echoed": sum(result["requests"] for result in results),
                "errors": sum(sum(result["errors"].values()) for result in results),
                "fleet_bytes": used / count,
                "server_bytes": grown / count,
                "machine_bytes": taken / count,
            }
        )
        + "\n"
    )


def _server(ends: ExitStack, port: int) -> int:
    """Its process id, once it accepts."""
    process = subprocess.Popen(
        [lab()], env={**os.environ, "PORT": str(port)}, stdout=subprocess.PIPE, text=True
    )
    ends.callback(process.wait)
    ends.callback(process.terminate)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("READY")
    return process.pid


def _fleet(ends: ExitStack, port: int, held: int) -> subprocess.Popen[str]:
    """Once it is there; every connection's turn comes within the minute."""
    rate = max(1, -(-held // (MINUTE - 2)))
    process = subprocess.Popen(
        [str(fleet_program()), "--connect", f"127.0.0.1:{port}", "--active", str(held),
         "--rate", str(rate), "--warmup", "0s", "--duration", f"{MINUTE}s", "--deadline", "30m",
         "--connect-timeout", "5m", "--reply-timeout", "5m", "--wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    ends.callback(process.wait)
    ends.callback(process.terminate)
    _until(process, "hello")
    return process


def _until(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    for line in process.stdout or ():
        event: dict[str, Any] = json.loads(line)
        if event["event"] == name:
            return event
    raise SystemExit(f"a fleet ended before {name!r}")


def _rss(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def _available() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
