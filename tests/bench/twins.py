"""Two servers that are the same, or of which one is slower by a known share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from runner import measure
from runner.engine.box import Engine
from runner.engine.process import ProcessEngine
from runner.environment import usable_cpus
from runner.measurement import Status
from runner.paths import LABS
from runner.plan import Host, Trial, expand
from runner.spec import Suite, load

ONE, OTHER = "one", "other"
SPEC = f"""\
version: 1
defaults: {{repeat: 5, max_repeat: 9, warmup: 50ms, duration: 200ms}}
experiments:
  - id: twins
    title: Is the one as quick as the other?
    server: {{lab: [{ONE}, {OTHER}]}}
    fleet: {{active: 50}}
    limits: {{nofile: 256}}
    expect:
      - {{ratio: rate, of: {{lab: {OTHER}}}, to: {{lab: {ONE}}}, at_least: 1}}
"""
SPIN = "static void spin(void) { for (volatile unsigned turns = SPIN; turns; turns--) { } }\n\n"
CALL = "    switch (echo_step(fd)) {\n"
TURNS = 4000
"""So many that the cost of one can be told from the noise."""


@contextmanager
def twins(slower: float, disturbance: str) -> Iterator[tuple[Suite, Engine]]:
    """The lab epoll twice; the other spins before each request for so long that it takes as much
    CPU time more as makes it slower by this share."""
    with TemporaryDirectory(prefix="iolab-twins-") as folder:
        root = Path(folder)
        (root / "labs").mkdir()
        for name in ("lab.h", "lab.c"):
            shutil.copy(LABS / name, root / "labs" / name)
        (root / "twins.yaml").write_text(SPEC, encoding="utf-8")
        _write(root / "labs" / ONE, 0)
        _write(root / "labs" / OTHER, TURNS)
        suite = load(root / "twins.yaml", [f"defaults.disturbance={disturbance}"])
        engine = ProcessEngine(labs=root / "labs")
        try:
            if slower:
                _write(root / "labs" / OTHER, _turns(suite, engine, slower))
            else:
                _write(root / "labs" / OTHER, 0)
            plain = expand(suite, Host(256, usable_cpus()), repeat=1).trials
            programs = [program for trial in plain for program in measure.programs(trial)]
            problems = engine.prepare(programs, lambda _line: None)
            if problems:
                raise SystemExit(f"bench: {problems}")
            yield suite, engine
        finally:
            engine.close()


def _write(folder: Path, turns: int) -> None:
    source = (LABS / "epoll" / "server.c").read_text(encoding="utf-8")
    if CALL not in source or " * Build: -O2\n" not in source:
        raise SystemExit("bench: labs/epoll/server.c has changed: put the spin elsewhere")
    folder.mkdir(exist_ok=True)
    if turns:
        place = source.index("static void serve_client")
        source = source[:place] + SPIN + source[place:].replace(CALL, "    spin();\n" + CALL)
        source = source.replace(" * Build: -O2\n", f" * Build: -O2 -DSPIN={turns}\n")
    (folder / "server.c").write_text(source, encoding="utf-8")


def _turns(suite: Suite, engine: Engine, slower: float) -> int:
    """From the CPU time of a request without the spin and with very many turns of it."""
    trials = expand(suite, Host(256, usable_cpus()), repeat=5).trials
    engine.prepare([p for trial in trials for p in measure.programs(trial)], lambda _line: None)
    costs: dict[str, list[float]] = {ONE: [], OTHER: []}
    for trial in trials:
        costs[str(trial.cell.get("lab"))].append(_cost(trial, engine))
    plain, spun = median(costs[ONE]), median(costs[OTHER])
    return max(1, round((1 / (1 - slower) - 1) * plain / ((spun - plain) / TURNS)))


def _cost(trial: Trial, engine: Engine) -> float:
    """CPU time holds while others disturb, so such a trial is as good as another."""
    found = measure.run(replace(trial, duration_ns=300_000_000), engine, {})
    if found.status not in (Status.OK, Status.INVALID) or "cpu_per_request" not in found.metrics:
        raise SystemExit(f"bench: {found.status}: {found.reason}")
    return float(found.metrics["cpu_per_request"])
