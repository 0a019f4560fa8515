"""What an idle connection costs a client in memory, and what a record costs in time."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from runner.paths import FLEET
from tests.bench.fleet.cores import client, fleet, memory, missing
from tests.bench.fleet.line import Line, fact, skipped
from tests.bench.fleet.peers import GET, nginx

FEW, MANY = 100, 8_000
"""Their difference is a connection's: what a program needs for itself falls out."""


def record() -> Iterator[Line]:
    """A value into the histogram, in ns of CPU."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "record")
        sources = [str(Path(__file__).with_name("record.c")), str(FLEET / "hdr.c")]
        compile_it = ["cc", "-std=gnu11", "-O2", f"-I{FLEET}", *sources, "-o", str(program)]
        subprocess.run(compile_it, check=True)
        costs = [float(client(str(program)).out) for _ in range(5)]
    cost = median(costs)
    yield fact("a record in the histogram", f"{cost:.1f} ns", met=cost <= 20, bar="<= 20 ns")


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
