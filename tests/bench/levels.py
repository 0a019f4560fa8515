"""Why does poll's rate at 10,000 idle connections change within one run? A controlled experiment.

    python -m tests.bench.levels [--seconds 60] [--starts 3] [--thrash]

One server, one fleet, a CPU each, the same sockets throughout. Every 100 ms: requests, the server's
CPU time for one (which does not count the time for which another program had the CPU), and what a
canary sees: a fixed walk through 24 MiB of its own memory, on the fleet's CPU. The hypothesis is
that the host's caches are shared, and that poll, which touches 10,000 sockets in each call, feels
it:

* canary and CPU per request rise together: it is the memory of the machine, not of the server;
* the level differs between starts with new sockets, and stays within each: it is their placement;
* epoll, as a control, touches the ready ones only and keeps its cost.

With `--thrash` a second walk without pause runs on the fleet's CPU, when nothing else wants it: the
cause in the hypothesis, made on purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import correlation, median, quantiles
from tempfile import TemporaryDirectory

from tabulate import tabulate

from runner.engine.box import Program
from runner.engine.compile import binary
from runner.measure import FLEET_PROGRAM
from runner.paths import CACHE, LABS

IDLE, ACTIVE, STEP_NS = 10_000, 50, 100_000_000
MIB, STEPS = 24, 20_000
SERVER_CPU, FLEET_CPU = 0, 1
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Step:
    """A tenth of a second. `canary_ns` is a step of its walk, `stolen` and `softirq` shares of the
    server's CPU."""

    rate: float
    cpu_us: float
    canary_ns: float
    stolen: float
    softirq: float


@contextmanager
def pinned(words: Sequence[object], cpu: int, **kept: object) -> Iterator[subprocess.Popen[str]]:
    command = ["taskset", "-c", str(cpu), *map(str, words)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **{name: str(value) for name, value in kept.items()}},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def measured(lab: str, seconds: int, canary: Path, port: int) -> list[Step]:
    """A fresh server with its sockets, watched from outside."""
    server = binary(Program("server", LABS / lab, "c"), LABS, CACHE, print)
    drive = ["--connect", f"127.0.0.1:{port}", "--idle", IDLE, "--active", ACTIVE, "--wait"]
    drive += ["--warmup", "500ms", "--duration", f"{seconds}s", "--interval", "100ms"]
    with ExitStack() as up:
        serving = up.enter_context(pinned([server], SERVER_CPU, PORT=port, BACKLOG=4096))
        assert line_of(serving).startswith("READY"), "the server is not ready"
        fleet = binary(FLEET_PROGRAM, None, CACHE, print)
        driving = up.enter_context(pinned([fleet, *drive], FLEET_CPU))
        while '"connected"' not in line_of(driving):
            assert driving.poll() is None, "the fleet ended before it was connected"
        walking = up.enter_context(pinned([canary, MIB, STEPS], FLEET_CPU))
        assert driving.stdin is not None
        print("start", file=driving.stdin, flush=True)
        while '"measuring"' not in line_of(driving):
            pass
        steps = list(_watched(serving.pid, walking, seconds))
        said = (json.loads(line) for line in iter(lambda: line_of(driving), ""))
        series = next(each for each in said if each["event"] == "result")["series"]
    return [
        Step(count * 1e9 / STEP_NS, cpu / max(1, count) / 1e3, *rest)
        for count, (cpu, *rest) in zip(series, steps, strict=False)
    ]


def _watched(
    pid: int, canary: subprocess.Popen[str], seconds: int
) -> Iterator[tuple[float, float, float, float]]:
    """CPU ns of the server, the canary's step, and shares of the CPU, for each tenth of a second.
    The canary's own pause is the clock."""
    before, ticks = _cpu_ns(pid), _ticks()
    began = time.monotonic_ns()
    for number in range(1, seconds * 10 + 1):
        time.sleep(max(0.0, (began + number * STEP_NS - time.monotonic_ns()) / 1e9))
        now, after = _cpu_ns(pid), _ticks()
        spent = [b - a for a, b in zip(ticks, after, strict=True)]
        whole = max(1, sum(spent))
        yield now - before, _latest(canary), spent[7] / whole, spent[6] / whole
        before, ticks = now, after


def _latest(canary: subprocess.Popen[str]) -> float:
    return float(line_of(canary).split()[1])


def _cpu_ns(pid: int) -> int:
    return time.clock_gettime_ns((~pid << 3) | 2)  # the process's own clock, exact


def _ticks() -> list[int]:
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    return [int(word) for word in lines[1 + SERVER_CPU].split()[1:9]]


def row(name: str, steps: Sequence[Step]) -> list[str]:
    def spread(values: Sequence[float], digits: int) -> str:
        tenths = quantiles(values, n=10)
        return " / ".join(f"{v:,.{digits}f}" for v in (tenths[0], median(values), tenths[-1]))

    cpu, canary = [s.cpu_us for s in steps], [s.canary_ns for s in steps]
    return [
        name,
        spread([s.rate for s in steps], 0),
        spread(cpu, 1),
        spread(canary, 0),
        f"{correlation(_ranks(cpu), _ranks(canary)):+.2f}",
        f"{sum(s.stolen for s in steps) / len(steps):.1%}",
        f"{sum(s.softirq for s in steps) / len(steps):.1%}",
    ]


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    place = {index: float(rank) for rank, index in enumerate(order)}
    return [place[index] for index in range(len(values))]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--starts", type=int, default=3)
    options.add_argument("--thrash", action="store_true")
    asked = options.parse_args()
    rows = []
    with TemporaryDirectory() as folder, ExitStack() as up:
        canary = Path(folder) / "canary"
        subprocess.run(["cc", "-O2", "-o", canary, HERE / "canary.c"], check=True)
        port = 20_100
        for thrash in (False, True) if asked.thrash else (False,):
            if thrash:
                up.enter_context(pinned(["nice", "-n", "19", canary, 256, 0], FLEET_CPU))
            for lab in ("poll", "epoll"):
                for start in range(1, (asked.starts if lab == "poll" else 1) + 1):
                    port += 1
                    name = f"{lab}, start {start}{', thrashed' if thrash else ''}"
                    rows.append(row(name, measured(lab, asked.seconds, canary, port)))
                    print(".", end="", flush=True)  # noqa: T201
    heads = ["", "req/s p10/p50/p90", "CPU/req µs", "canary ns", "rank corr.", "steal", "softirq"]
    print("\n" + tabulate(rows, headers=heads, disable_numparse=True))  # noqa: T201


if __name__ == "__main__":
    main()
