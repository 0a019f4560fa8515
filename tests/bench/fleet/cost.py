"""What an idle connection costs a client in memory."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.fleet.cores import fleet, memory, missing
from tests.bench.fleet.line import Line, fact, skipped
from tests.bench.fleet.peers import GET, nginx

FEW, MANY = 100, 8_000
"""Their difference is a connection's: what a program needs for itself falls out."""


def idle_memory() -> Iterator[Line]:
    """User memory a connection. wrk has no idle ones: it asks on every one of them."""
    name = "memory of an idle connection: fleet / wrk"
    if why := missing("nginx", "wrk"):
        yield skipped(name, "<= 0.02", why)
        return
    with nginx() as port:
        ours, theirs = [], []
        for count in (FEW, MANY):
            idle = ("--active", "0", "--idle", str(count), "--duration", "0s")
            ours.append(int(fleet(port, *GET, *idle)[0]["rss_bytes"]))
            theirs.append(memory("wrk", "-t1", f"-c{count}", "-d5s", f"http://127.0.0.1:{port}/"))
    mine, other = ((many - few) / (MANY - FEW) for few, many in (ours, theirs))
    ratio = mine / other
    about = f"{mine:.0f} bytes against {other:.0f}"
    yield fact(name, f"{ratio:.3f}", met=ratio <= 0.02, bar="<= 0.02", about=about)
