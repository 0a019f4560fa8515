"""Two servers that are the same, or of which one is slower by a known share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from runner import measure
from runner.engine.box import Engine
from runner.engine.process import ProcessEngine
from runner.machine import usable_cpus
from runner.paths import LABS
from runner.plan import Host, Trial, expand
from runner.plan.trial import in_turns
from runner.records.outcome import Status
from runner.spec import Suite, load

ONE, OTHER = "one", "other"
SPEC = """\
version: 1
defaults: {{repeat: {repeat}, max_repeat: {most}, warmup: 50ms, duration: {duration}}}
experiments:
  - id: twins
    title: Is the one as quick as the other?
{interleave}    server: {{lab: [one, other]}}
    fleet: {{active: 50}}
    limits: {{nofile: 256}}
    expect:
      - {{ratio: rate, of: {{lab: other}}, to: {{lab: one}}, at_least: 1}}
"""
SPIN = "static void spin(void) { for (volatile unsigned turns = SPIN; turns; turns--) { } }\n\n"
CALL = "    switch (echo_step(fd)) {\n"
WORK = 4000
"""Turns of the spin in both: a request then costs the server more than the fleet, and the rate is
the server's. Where the fleet is the limit, no rate shows what a server costs."""
PAIRS = 9
"""So many tell what a turn costs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How the twins are compared: `slot` is the length of a turn, None for one after the other;
    `window` the length of a repeat."""

    slower: float
    disturbance: str
    slot: str | None
    window: str
    repeat: int
    most: int


@contextmanager
def twins(asked: Asked) -> Iterator[tuple[Suite, Engine]]:
    """The lab epoll twice, with a spin before each request; the other spins for so much longer that
    it needs as much more CPU time as makes it slower by this share."""
    with TemporaryDirectory(prefix="iolab-twins-") as folder:
        root = Path(folder)
        (root / "labs").mkdir()
        for name in ("lab.h", "lab.c"):
            shutil.copy(LABS / name, root / "labs" / name)
        spec = SPEC.format(
            duration=asked.window,
            interleave=f"    interleave: {asked.slot}\n" if asked.slot else "",
            repeat=asked.repeat,
            most=asked.most,
        )
        (root / "twins.yaml").write_text(spec, encoding="utf-8")
        _write(root / "labs" / ONE, WORK)
        _write(root / "labs" / OTHER, 2 * WORK)
        suite = load(root / "twins.yaml", [f"defaults.disturbance={asked.disturbance}"])
        engine = ProcessEngine(labs=root / "labs")
        try:
            more = _more(suite, engine, asked.slower) if asked.slower else 0
            _write(root / "labs" / OTHER, WORK + more)
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
    place = source.index("static void serve_client")
    source = source[:place] + SPIN + source[place:].replace(CALL, "    spin();\n" + CALL)
    source = source.replace(" * Build: -O2\n", f" * Build: -O2 -DSPIN={turns}\n")
    (folder / "server.c").write_text(source, encoding="utf-8")


def _more(suite: Suite, engine: Engine, slower: float) -> int:
    """Turns that make it slower by this share: from the CPU time of a request with WORK of them
    and with twice as many, in turns."""
    trials = expand(suite, Host(256, usable_cpus()), repeat=PAIRS).trials
    engine.prepare([p for trial in trials for p in measure.programs(trial)], lambda _line: None)
    gains = []
    for pair in zip(trials[::2], trials[1::2], strict=True):
        costs = _costs(in_turns(pair, 10_000_000), engine)
        gains.append(costs[OTHER] / costs[ONE] - 1)
    return max(1, round((1 / (1 - slower) - 1) * WORK / median(gains)))


def _costs(pair: Sequence[Trial], engine: Engine) -> dict[str, float]:
    """CPU time holds while others disturb, so such a trial is as good as another."""
    longer = [replace(trial, duration_ns=500_000_000) for trial in pair]
    found = measure.run_all(longer, engine, {})
    for each in found:
        if each.status not in (Status.OK, Status.INVALID) or "cpu_per_request" not in each.metrics:
            raise SystemExit(f"bench: {each.status}: {each.reason}")
    return {str(each.cell.get("lab")): float(each.metrics["cpu_per_request"]) for each in found}
