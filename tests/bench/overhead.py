"""What a trial costs beyond connecting, warming up and measuring: boxes, pipes, bookkeeping."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tabulate import tabulate

from runner import measure
from runner.engine.box import Engine
from runner.engine.docker import DockerEngine
from runner.engine.process import ProcessEngine
from runner.machine import usable_cpus
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.spec import load

TRIALS = 15
AIM = {"process": 0.15, "docker": 1.0}
SPEC = """\
version: 1
experiments:
  - {id: bench, title: overhead, server: {lab: epoll}, fleet: {active: 10}, limits: {nofile: 256}}
"""


def show() -> None:
    engines: list[Engine] = [ProcessEngine()]
    refusal = DockerEngine.refusal()
    if refusal is None:
        engines.append(DockerEngine())
    rows = []
    for engine in engines:
        with closing(engine):
            seconds = _overheads(engine)
        aim = AIM[engine.name]
        rows.append(
            [engine.name, f"{median(seconds):.3f}", f"{min(seconds):.3f}", f"{max(seconds):.3f}",
             f"{aim:.2f}", f"{median(seconds) / aim:.2f}"]
        )  # fmt: skip
    print("Overhead of a trial, seconds beyond connecting, warming up and measuring")  # noqa: T201
    headers = ["engine", "median s", "min", "max", "aim", "median ÷ aim"]
    print(tabulate(rows, headers=headers, disable_numparse=True))  # noqa: T201
    if refusal is not None:
        print(f"docker: skipped, no daemon answers: {refusal}")  # noqa: T201


def _overheads(engine: Engine) -> list[float]:
    trial = _trial(engine)
    seconds = []
    for _ in range(TRIALS):
        began = time.monotonic()
        found = measure.run(trial, engine, {})
        whole = time.monotonic() - began
        if found.status not in (Status.OK, Status.INVALID):  # a disturbed window costs the same
            raise SystemExit(f"bench: {engine.name}: {found.status}: {found.reason}")
        seconds.append(whole - _driven(found, trial))
    return seconds


def _driven(found: Outcome, trial: Trial) -> float:
    (connected,) = found.record.connected or ()
    return float(str(connected["seconds"])) + (trial.warmup_ns + trial.duration_ns) / 1e9


def _trial(engine: Engine) -> Trial:
    with TemporaryDirectory() as folder:
        path = Path(folder, "bench.yaml")
        path.write_text(SPEC, encoding="utf-8")
        suite = load(path)
    engine.prepare([measure.FLEET_PROGRAM], lambda _line: None)
    trial = expand(suite, Host(engine.nofile_max(), usable_cpus()), repeat=1).trials[0]
    engine.prepare([measure.server_program(trial)], lambda _line: None)
    return replace(trial, warmup_ns=20_000_000, duration_ns=100_000_000)
