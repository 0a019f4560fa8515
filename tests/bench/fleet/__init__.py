"""How fast and how honest the fleet is: against its peers, and against the kernel's own floor.

Every line is a ratio of medians from runs that were interleaved in one go: a machine that is slow
for a while is slow for both. Peers come from Debian's packages; without one its line is skipped,
and says what to type. Ratios are of work per second of client CPU where the server could be what
limits: a client that needs less CPU for the same work is the faster one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tabulate import tabulate

from tests.bench.fleet import cost, echo, held, latency, peers
from tests.bench.fleet.line import Line

GROUPS: tuple[Callable[[], Iterable[Line]], ...] = (
    peers.http,
    peers.redis,
    echo.floor,
    echo.uring,
    cost.idle_memory,
    latency.send_lag,
    latency.stopped_server,
    peers.churn,
    held.at_once,
)


def show() -> None:
    """Run every line, and print the table."""
    rows = [line.row() for group in GROUPS for line in group()]
    print("The fleet: ratios of medians, interleaved runs, client and server on a core each")  # noqa: T201
    print(tabulate(rows, headers=Line.HEADERS, disable_numparse=True))  # noqa: T201
