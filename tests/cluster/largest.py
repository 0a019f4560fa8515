"""The model of `runner scale` against more connections than it was made from: one host predicts,
three hosts in network namespaces (hosts.sh) measure. Servers are on the first host, load generators
on the two others.

    python -m tests.cluster.largest [CONNECTIONS [COSTS]]

COSTS is what `runner scale --json` printed; without it the model is made first.

Every program of the machine disturbs both: run it alone. Where Docker asks for it, the bridge gives
each connection to the machine's connection tracking, whose table is full at 262,144: a rule of the
firewall takes the bridge out of it. Entries that are made all the same are counted apart.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from runner.cli.subject import program_of
from runner.engine.accounting import usage_of
from runner.engine.compile import binary
from runner.machine.capacity import memory_now
from runner.measure import FLEET_PROGRAM
from runner.paths import CACHE, LABS
from tests.cluster.lab import SCRIPT, lack
from tests.faults.runs import RUNNER

CONNECTIONS = 600_000
EACH = 12_000
"""Connections of one process: to one destination connect() is quick for the first 14,116 ports."""
PORT = 9000
RATE = 5_000
SECONDS = 5
NAME = "large"
NET = "10.244.7"
Program = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the machine or its programs have used at a moment."""

    kernel: int
    used: int
    tracked: int
    server_bytes: int
    generator_bytes: int
    server_ns: int
    generator_ns: int


def _taken(servers: Sequence[Program], fleets: Sequence[Program]) -> Taken:
    now = memory_now()
    own, theirs = ([usage_of(each.pid) for each in some] for some in (servers, fleets))
    return Taken(
        now.kernel,
        now.used,
        int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text()),
        *(sum(u.rss_bytes for u in some) for some in (own, theirs)),
        *(sum(u.cpu_ns for u in some) for some in (own, theirs)),
    )


def _cpu_ns(programs: Sequence[Program]) -> int:
    return sum(usage_of(each.pid, memory=False).cpu_ns for each in programs)


@contextmanager
def _hosts() -> Iterator[None]:
    untracked = ("PREROUTING", "-i", f"iol{NAME}", "-j", "CT", "--notrack")
    try:
        subprocess.run(["sh", str(SCRIPT), "up", NAME, NET], check=True)
        subprocess.run(["iptables", "-t", "raw", "-I", *untracked], check=False)
        yield
    finally:
        subprocess.run(["iptables", "-t", "raw", "-D", *untracked], check=False)
        subprocess.run(["sh", str(SCRIPT), "down", NAME], check=False)


def _on(host: int, command: Sequence[str], **environment: str) -> Program:
    return subprocess.Popen(
        ["nsenter", f"--net=/run/netns/iolab-{NAME}-{host}", *command], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip


def _event(fleet: Program, name: str) -> dict[str, Any]:
    for line in fleet.stdout or ():
        event: dict[str, Any] = json.loads(line)
        assert event["event"] != "error", event
        if event["event"] == name:
            return event
    raise AssertionError(f"a load generator ended before {name!r}")


def _start(fleet: Program) -> None:
    assert fleet.stdin is not None
    fleet.stdin.write("start\n")
    fleet.stdin.flush()


def measured(connections: int) -> tuple[Taken, Taken, int, int, int]:
    """Before the connections and with all of them; of the window the CPU time of all servers and of
    all load generators, and the requests."""
    server = binary(program_of("epoll", None), LABS, CACHE)
    fleet = binary(FLEET_PROGRAM, None, CACHE)
    count = -(-connections // EACH)
    with _hosts():
        servers: list[Program] = []
        fleets: list[Program] = []
        try:
            for number in range(count):
                env = {"PORT": str(PORT + number), "BACKLOG": "4096"}
                servers.append(_on(1, [str(server)], **env))
                assert "READY" in (servers[-1].stdout or sys.stdin).readline()
            before = _taken(servers, ())
            for number in range(count):
                share = connections // count + (number < connections % count)
                fleets.append(
                    _on(2 + number % 2, [
                        str(fleet), "--connect", f"{NET}.11:{PORT + number}",
                        "--active", str(share), "--rate", str(RATE // count), "--wait",
                        "--warmup", "500ms", "--duration", f"{SECONDS}s",
                    ])
                )  # fmt: skip
            held = sum(_event(each, "connected")["active"] for each in fleets)
            assert held == connections, f"only {held} connections"
            after = _taken(servers, fleets)
            for each in fleets:
                _start(each)
            for each in fleets:
                _event(each, "measuring")
            begun = _cpu_ns(servers)
            for each in fleets:
                _event(each, "measured")
            ended = _cpu_ns(servers)
            results = [_event(each, "result") for each in fleets]
            wrong = [r["errors"] for r in results if any(r["errors"].values())]
            assert not wrong, wrong
            own = sum(r["cpu"]["run_ns"] for r in results)
            return before, after, ended - begun, own, sum(r["requests"] for r in results)
        finally:
            for each in (*fleets, *servers):
                each.kill()
                each.wait()


def _entry() -> int:
    """Bytes of an entry of the connection tracking."""
    found = re.search(
        r"^nf_conntrack\S* +\d+ +\d+ +(\d+)", Path("/proc/slabinfo").read_text(), re.MULTILINE
    )
    return int(found[1]) if found else 0


def _model() -> str:
    words = [*RUNNER, "scale", "--quiet", "--json", "--engine", "process"]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def predicted(model: str, connections: int, processes: int) -> dict[str, list[float]]:
    """Estimate and ends of each interval, by the model of one host."""
    costs = json.loads(model)["costs"]
    ends = ("estimate", "low", "high")

    def line(side: str, what: str, fixed: int) -> list[float]:
        of = costs[side][what]
        return [of["each"][end] * connections + of["fixed"][end] * fixed for end in ends]

    return {
        "kernel, both ends, bytes": [2 * value for value in line("server", "kernel", 0)],
        "server processes, bytes": line("server", "process", 0),
        "load generator processes, bytes": line("generator", "process", processes),
        "server, ns a request": [costs["server"]["request"][end] for end in ends],
        "load generator, ns a request": [costs["generator"]["request"][end] for end in ends],
        "server, ns to open": [costs["server"]["opening"][end] for end in ends],
        "load generator, ns to open": [costs["generator"]["opening"][end] for end in ends],
    }


def main() -> None:
    if why := lack():
        sys.exit(f"largest: {why}")
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else CONNECTIONS
    processes = -(-connections // EACH)
    model = Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else _model()
    said = predicted(model, connections, processes)
    before, after, server_ns, fleet_ns, requests = measured(connections)
    tracking = (after.tracked - before.tracked) * _entry()
    found = [
        after.kernel - before.kernel - tracking,
        after.server_bytes - before.server_bytes,
        after.generator_bytes,
        server_ns / requests,
        fleet_ns / requests,
        (after.server_ns - before.server_ns) / connections,
        after.generator_ns / connections,
    ]
    rows = [
        [name, f"{value:,.0f}", f"[{low:,.0f}, {high:,.0f}]", f"{seen:,.0f}",
         f"{seen / value - 1:+.1%}" if value >= 1 else "–"]
        for (name, (value, low, high)), seen in zip(said.items(), found, strict=True)
    ]  # fmt: skip
    click.echo(
        f"{connections:,} connections, {processes} servers on one host, as many load generators"
    )
    click.echo(
        f"on two; {requests:,} requests; {tracking:,} bytes of connection tracking, taken off\n"
    )
    click.echo(tabulate(rows, headers=["", "predicted", "99% interval", "measured", "error"],
                   disable_numparse=True))  # fmt: skip
    click.echo(f"\nthe whole machine used {after.used - before.used:,} bytes more")


if __name__ == "__main__":
    main()
