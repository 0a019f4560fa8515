"""How fast and how honest the fleet is: against its peers, and against the kernel's own floor.

Every line is a ratio of medians from runs that were interleaved in one go: a machine that is slow
for a while is slow for both. Peers come from Debian's packages; without one its line is skipped,
and says what to type. Ratios are of work per second of client CPU where the server could be what
limits: a client that needs less CPU for the same work is the faster one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable

from tabulate import tabulate

from tests.bench.fleet import cost, echo, held, latency, peers
from tests.bench.fleet.cores import namespace
from tests.bench.fleet.line import Line

Group = Callable[[], Iterable[Line]]
GROUPS: tuple[Group, ...] = (
    peers.http,
    peers.redis,
    echo.floor,
    echo.uring,
    cost.record,
    cost.idle_memory,
    latency.send_lag,
    latency.stopped_server,
    peers.churn,
    held.at_once,
)


def show() -> None:
    """Every line, in a network namespace of their own where the kernel makes one: there no packet
    passes a firewall or connection tracking, as in a trial."""
    inside = [sys.executable, "-m", "tests.bench.fleet"]
    try:
        subprocess.run([*namespace(), *inside], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"bench: the fleet's lines: {error}") from None


def table(groups: Iterable[Group]) -> None:
    """Run them, and print the table."""
    rows = []
    for group in groups:
        for line in group():
            rows.append(line.row())
            print(f"  {line.name}: {line.figure} {line.verdict}", file=sys.stderr)  # noqa: T201
    print("The fleet: ratios of medians, interleaved runs, client and server on a core each")  # noqa: T201
    print(tabulate(rows, headers=Line.HEADERS, disable_numparse=True))  # noqa: T201
