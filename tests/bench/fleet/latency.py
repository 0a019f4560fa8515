"""The open loop: is it in time, and does it tell what a stopped server does to those who wait?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from statistics import median

from hdrh.histogram import HdrHistogram

from runner.engine.box import Program
from runner.engine.compile import binary
from runner.paths import CACHE, LABS
from tests.bench.fleet.cores import fleet, fleet_program, free_port, pinned, server
from tests.bench.fleet.line import Line, fact

ROUNDS = 5


def lab() -> str:
    """The epoll lab, compiled."""
    return str(binary(Program("server", LABS / "epoll", "c"), LABS, CACHE))


def p99(encoded: str) -> float:
    """In ns."""
    return float(HdrHistogram.decode(encoded).get_value_at_percentile(99.0))


def send_lag() -> Iterator[Line]:
    """How late requests leave that are due at 10,000 a second."""
    port = free_port()
    found = []
    with server([lab()], port, {"PORT": str(port)}):
        for _ in range(ROUNDS):
            words = ("--active", "50", "--rate", "10k", "--warmup", "200ms", "--duration", "1s")
            result, _done = fleet(port, *words)
            found.append(p99(result["loop"]["lag"]) / 1e3)
    lag = median(found)
    yield fact(
        "send lag p99 at 10,000 requests/s",
        f"{lag:.0f} us [{min(found):.0f}, {max(found):.0f}]",
        met=lag <= 200,
        bar="<= 200 us",
        beyond=f"<= 50 us {'met' if lag <= 50 else 'not met'}",
        about=f"scheduled as {result['loop']['scheduler']}",
    )


def stopped_server() -> Iterator[Line]:
    """A second of ten without a server: of what was due then, a tenth waited 0.9 s or more."""
    port = free_port()
    with server([lab()], port, {"PORT": str(port)}) as pid:
        words = ("--active", "50", "--rate", "2k", "--warmup", "500ms", "--duration", "10s")
        command = [str(fleet_program()), "--connect", f"127.0.0.1:{port}", *words]
        with subprocess.Popen(pinned(1, *command), stdout=subprocess.PIPE, text=True) as process:
            last = ""
            for line in process.stdout or ():
                if '"event":"measuring"' in line:
                    stop = threading.Timer(4, os.kill, [pid, signal.SIGSTOP])
                    go_on = threading.Timer(5, os.kill, [pid, signal.SIGCONT])
                    stop.start()
                    go_on.start()
                last = line
    yield _of_result(last)


def _of_result(line: str) -> Line:
    result = json.loads(line)
    corrected, sent = p99(result["latency"]) / 1e9, p99(result["loop"]["uncorrected"]) / 1e9
    return fact(
        "server stopped for 1 s of 10 s at a rate: corrected p99",
        f"{corrected:.3f} s",
        met=abs(corrected - 0.9) <= 0.045,
        bar="0.9 s +- 5%",
        about=f"from the sending: {sent * 1e3:.2f} ms",
    )
