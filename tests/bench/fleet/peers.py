"""Against wrk on nginx, and against redis-benchmark on Redis."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.fleet.cores import client, fleet, free_port, missing, server
from tests.bench.fleet.line import Line, compared, mirrored, skipped

ROUNDS = 15
SECONDS = 1
GET = ("--send", "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n", "--reply", "http:200")
CLOSING = (
    "--send", "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n",
    "--reply", "http:200",
)  # fmt: skip
PING = ("--send", "*1\\r\\n$4\\r\\nPING\\r\\n", "--reply", "exactly:+PONG\\r\\n")
TIMING = ("--warmup", "0s", "--duration", f"{SECONDS}s")
CONF = """\
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; }}
}}
"""


@contextmanager
def nginx() -> Iterator[int]:
    """One process, a small page, no log; its port."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "index.html").write_text("x" * 612, encoding="ascii")
        (folder / "conf").write_text(CONF.format(folder=folder, port=port), encoding="utf-8")
        with server(["nginx", "-p", name, "-c", f"{name}/conf"], port):
            yield port


def wrk(port: int, connections: int, *words: str) -> tuple[float, float, float]:
    """Requests, CPU seconds, and seconds of its run."""
    load = ("-t1", f"-c{connections}", f"-d{SECONDS}s")
    done = client("wrk", *load, *words, f"http://127.0.0.1:{port}/")
    found = re.search(r"(\d+) requests in ([\d.]+)s", done.out)
    if found is None or "Non-2xx" in done.out:
        raise SystemExit(f"bench: wrk: {done.out}")
    return float(found[1]), done.cpu, float(found[2])


def http() -> Iterator[Line]:
    """Keep-alive requests per second of client CPU."""
    for connections, beyond in ((1, None), (50, 1.3), (500, None)):
        name = f"HTTP per client-core second, {connections} connections: fleet / wrk"
        if why := missing("nginx", "wrk"):
            yield skipped(name, ">= 1.00", why)
            continue
        with nginx() as port:
            ours, theirs = mirrored(
                partial(_per_cpu, port, "--active", str(connections), *GET),
                partial(_wrk_per_cpu, port, connections),
                ROUNDS,
            )
        yield compared(name, ours, theirs, 1.0, beyond)


def _per_cpu(port: int, *words: str) -> float:
    result, done = fleet(port, *words, *TIMING)
    return float(result["requests"]) / done.cpu


def _wrk_per_cpu(port: int, connections: int) -> float:
    requests, cpu, _seconds = wrk(port, connections)
    return requests / cpu


def redis() -> Iterator[Line]:
    """PING per second of client CPU."""
    for pipeline, count in ((1, 60_000), (16, 600_000)):
        name = f"Redis PING per client-core second, {pipeline} deep: fleet / redis-benchmark"
        if why := missing("redis-server", "redis-benchmark"):
            yield skipped(name, ">= 1.20", why)
            continue
        port = free_port()
        deep = ("--active", "50", "--pipeline", str(pipeline), *PING)
        command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
        with server(command, port):
            ours, theirs = mirrored(
                partial(_per_cpu, port, *deep),
                partial(_redis_per_cpu, port, pipeline, count),
                ROUNDS,
            )
        yield compared(name, ours, theirs, 1.2, 2.0)


def _redis_per_cpu(port: int, pipeline: int, count: int) -> float:
    words = ("-p", str(port), "-t", "ping_mbulk", "-c", "50", "-n", str(count))
    return count / client("redis-benchmark", *words, "-P", str(pipeline)).cpu


def churn() -> Iterator[Line]:
    """Connections that are accepted, asked once, and closed: a second, and per second of CPU."""
    name = "accepted connections a second, 50 at once: fleet / wrk"
    if why := missing("nginx", "wrk"):
        yield skipped(name, ">= 1.00", why)
        return
    with nginx() as port:
        ours, theirs = mirrored(partial(_accepted, port), partial(_wrk_accepted, port), 2 * ROUNDS)
    (rates, costs), (their_rates, their_costs) = (
        zip(*side, strict=True) for side in (ours, theirs)
    )
    yield compared(name, rates, their_rates, 1.0, 1.3)
    yield compared("the same per client-core second", costs, their_costs, 1.0, 1.3)


def _accepted(port: int) -> tuple[float, float]:
    result, done = fleet(port, "--active", "50", *CLOSING, *TIMING)
    return result["accepted"] / result["seconds"], result["accepted"] / done.cpu


def _wrk_accepted(port: int) -> tuple[float, float]:
    requests, cpu, seconds = wrk(port, 50, "-H", "Connection: close")
    return requests / seconds, requests / cpu
