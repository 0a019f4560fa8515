"""Our servers beside others' in one run: libevent's for C, and the loops of Python for each other.

Interleaved in mirrored blocks under the same fleet, on the process engine, where the libraries are
this machine's own. What is missing is skipped, with what to type. A disturbed window counts, and is
counted: on a busy machine look at the CPU per request, which does not care who else was waiting.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from runner import measure
from runner.engine.box import BuildError, MissingError
from runner.engine.process import ProcessEngine
from runner.machine import usable_cpus
from runner.paths import LABS
from runner.plan import Host, expand
from runner.records.outcome import Outcome, Status
from runner.spec import Suite, load
from runner.stats.interval import blocked_ratio_interval

PEERS = Path(__file__).parent / "peer_servers"
BLOCKS = 8
SPEC = f"""\
version: 1
defaults: {{repeat: {BLOCKS}, warmup: 100ms, duration: 400ms}}
experiments:
  - id: c
    title: 64 B, 50 connections
    server: {{lab: [epoll, libevent, libevent_buffers]}}
    fleet: {{active: 50, payload: 64B}}
    limits: {{nofile: 256}}
  - id: python
    title: 1 KiB, 10 connections, as in MagicStack/vmbench
    server: {{lab: [asyncio, asyncio/protocol, uvloop, uvloop/protocol], language: python}}
    fleet: {{active: 10, payload: 1KiB, first_crowd: 10}}
    limits: {{nofile: 256}}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: how many times the rate of `to` is that of `of`."""

    of: str
    to: str
    bar: str


LINES = (
    Line("epoll", "libevent", "≥ 0.95"),
    Line("epoll", "libevent_buffers", "≥ 0.95"),
    Line("uvloop", "asyncio", "2 to 4"),
    Line("uvloop/protocol", "asyncio/protocol", "2 to 4"),
)
"""The bars of the Python loops are what uvloop's README says of itself. They are measured after a
first crowd: before its first client has left, asyncio maps memory in each request (docs/why.md)."""

Samples = dict[str, dict[int, Outcome]]
"""By lab and block."""


def show() -> None:
    with TemporaryDirectory(prefix="iolab-peers-") as folder:
        suite = _suite(Path(folder))
        with closing(ProcessEngine(labs=suite.labs_root)) as engine:
            samples, missing = _measured(suite, engine)
    print("Rates of servers beside others', medians of ratios in one run")  # noqa: T201
    headers = ["server ÷ peer", "rate [interval]", "bar", "CPU per request", "n", "disturbed"]
    rows = [row(line, samples) for line in LINES if not {line.of, line.to} & set(missing)]
    print(tabulate(rows, headers=headers, disable_numparse=True))  # noqa: T201
    for name, reason in missing.items():
        print(f"{name}: skipped, {reason}")  # noqa: T201


def _suite(root: Path) -> Suite:
    """Our labs and the peers in one folder: each is then a lab like the others."""
    labs = root / "labs"
    labs.mkdir()
    for name in ("lab.h", "lab.c", "lab.py"):
        shutil.copy(LABS / name, labs / name)
    for name in ("epoll", "asyncio", "uvloop"):
        shutil.copytree(LABS / name, labs / name)
    shutil.copytree(PEERS, labs, dirs_exist_ok=True)
    (root / "peers.yaml").write_text(SPEC, encoding="utf-8")
    return load(root / "peers.yaml")


def _measured(suite: Suite, engine: ProcessEngine) -> tuple[Samples, Mapping[str, str]]:
    unbuilt = engine.prepare([measure.FLEET_PROGRAM], _hush)
    trials = expand(suite, Host(256, usable_cpus())).trials
    programs = {measure.server_program(trial): str(trial.cell.get("lab")) for trial in trials}
    unbuilt = {**unbuilt, **engine.prepare(programs, _hush)}
    missing = {programs[p]: reason(problem) for p, problem in unbuilt.items() if p in programs}
    samples: Samples = {name: {} for name in programs.values()}
    for trial in trials:
        lab = str(trial.cell.get("lab"))
        if lab in missing:
            continue
        found = measure.run(trial, engine, unbuilt)
        if found.status is Status.SKIP:
            missing[lab] = found.reason
        elif "rate" in found.metrics:
            samples[lab][trial.block] = found
        else:
            raise SystemExit(f"bench: {trial.id}: {found.status}: {found.reason}")
    return samples, missing


def reason(problem: BuildError | MissingError) -> str:
    """Why a peer is left out: the package to install, or the first line of what went wrong."""
    if any(sign in str(problem) for sign in ("event2/", "-levent")):
        return "libevent is not there; type: sudo apt-get install libevent-dev"
    return str(problem).splitlines()[0]


def row(line: Line, samples: Samples) -> list[str]:
    """A line of the table: ratios from pairs in one block, with 95% intervals."""
    of, to = samples[line.of], samples[line.to]
    both = sorted(set(of) & set(to))

    def ratio(metric: str) -> str:
        pairs = {b: (float(of[b].metrics[metric]), float(to[b].metrics[metric])) for b in both}
        found = blocked_ratio_interval(pairs, alpha=0.05)
        low, high = found.low, found.high
        span = "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
        return f"{found.estimate:.2f}{span}"

    disturbed = sum(Status.INVALID in (of[b].status, to[b].status) for b in both)
    return [
        f"{line.of} ÷ {line.to}", ratio("rate"), line.bar, ratio("cpu_per_request"),
        str(len(both)), str(disturbed),
    ]  # fmt: skip


def _hush(_line: str) -> None:
    """What is compiled is no part of the table."""
