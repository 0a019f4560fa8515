"""Suite to trials: the matrix, the repeats and their interleaving, the seeds. Pure.

Every repeat of an experiment is one block: all of its cells once, in an order drawn from the
seed. A machine that is slow for a while then spoils a little of every cell and not all of one
(randomised block design, Box, Hunter & Hunter, Statistics for Experimenters, ch. 4).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from runner.spec import Cell, Experiment, Suite, Timing, probes_root

MAX = "max"
"""What the machine has: for `nofile` the highest limit it grants, for `idle` what fits below it."""

RESERVE = 64
"""Descriptors that a server or a fleet keeps for itself: stdio, listener, epoll, a spare, files
that an interpreter has open. `idle: max` stays this far below the limit."""


PROBE_SECONDS = 1.0
"""What a probe takes, for an estimate of the whole."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the plan has to know of the machine: the highest RLIMIT_NOFILE a box can be given,
    and the CPUs that may be used."""

    nofile_max: int
    cpus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of one cell: a fresh server, a fresh fleet. Complete: a record of it can be judged
    again elsewhere. `folder` is the server's, `probe` that of a probe, which runs alone where the
    cell has no lab. Times in ns, `payload` and `memory` in bytes, `nofile` as it will be asked of
    the kernel; `skip` says why it cannot run here."""

    id: str
    experiment: str
    cell: Cell
    block: int
    seed: int
    measure: str
    folder: Path
    form: str
    probe: Path | None
    args: tuple[str, ...]
    language: str
    nofile: int
    memory: int
    pids: int
    idle: int
    active: int
    payload: int
    listeners: int
    stalled: int
    connections: int
    fleets: int
    sources: int
    warmup_ns: int
    duration_ns: int
    timeout_ns: int
    server_cpus: tuple[int, ...]
    fleet_cpus: tuple[int, ...]
    skip: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Trials in the order in which they run, and the cells that they cover."""

    trials: tuple[Trial, ...]
    seed: int
    quick: bool

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(dict.fromkeys(trial.cell for trial in self.trials))

    def seconds(self, overhead: float) -> float:
        """An honest estimate: `overhead` seconds a trial for boxes, beside what the trial asks
        for; connections are proved at 20,000 a second."""
        return sum(overhead + _driven_seconds(trial) for trial in self.trials if trial.skip is None)


def expand(
    suite: Suite,
    host: Host,
    *,
    quick: bool = False,
    full: bool = False,
    only: Sequence[str] = (),
    repeat: int | None = None,
    seed: int | None = None,
) -> Plan:
    """`only` holds globs on experiment ids (`idle-*`) or on `id/cell` (`idle-sweep/lab=epoll*`)."""
    trials: list[Trial] = []
    for experiment in suite.experiments:
        timing = suite.timing(experiment, quick=quick, full=full)
        root = timing.seed if seed is None else seed
        cells = [cell for cell in _kept(experiment, quick=quick, full=full) if _wanted(cell, only)]
        for block in range(repeat or timing.repeat):
            order = random.Random(_seed(root, experiment.id, block))  # noqa: S311 - no secret
            trials.extend(
                _trial(suite, experiment, cell, block, root, host, timing)
                for cell in order.sample(cells, len(cells))
            )
    return Plan(tuple(trials), suite.defaults.seed if seed is None else seed, quick)


def _kept(experiment: Experiment, *, quick: bool, full: bool) -> tuple[Cell, ...]:
    if quick:
        return experiment.quick_cells()
    return experiment.cells() if full else experiment.plain_cells()


def _trial(
    suite: Suite,
    experiment: Experiment,
    cell: Cell,
    block: int,
    seed: int,
    host: Host,
    timing: Timing,
) -> Trial:
    fleet, limits = experiment.fleet, experiment.limits
    lab, _, form = str(cell.get("lab")).partition("/")
    probe = cell.get("probe")
    asked = cell.get("nofile")
    nofile = host.nofile_max if asked == MAX else int(asked or 0)
    active = int(cell.get("active") or 0)
    idle_asked = cell.get("idle")
    room = min(nofile - RESERVE, fleet.connections) - active
    idle = room if idle_asked == MAX else int(idle_asked or 0)
    return Trial(
        id=f"{experiment.id}/{cell.name}#{block + 1}",
        experiment=experiment.id,
        cell=cell,
        block=block,
        seed=_seed(seed, experiment.id, cell.name, block),
        measure=experiment.measure,
        folder=suite.labs_root / lab,
        form=form,
        probe=probes_root(suite.labs_root) / str(probe) if probe is not None else None,
        args=experiment.probe.args if experiment.probe is not None else (),
        language=str(cell.get("language")),
        nofile=nofile,
        memory=limits.memory,
        pids=limits.pids,
        idle=max(idle, 0),
        active=active,
        payload=int(cell.get("payload") or 0),
        listeners=int(cell.get("listeners") or 0),
        stalled=int(cell.get("stalled") or 0),
        connections=fleet.connections,
        fleets=fleet.fleets,
        sources=fleet.sources,
        warmup_ns=timing.warmup,
        duration_ns=timing.duration,
        timeout_ns=timing.timeout,
        server_cpus=host.cpus[:1] if len(host.cpus) > 1 else (),
        fleet_cpus=host.cpus[1:2],
        skip=_lacking(experiment, nofile, idle, active, host),
    )


def _lacking(experiment: Experiment, nofile: int, idle: int, active: int, host: Host) -> str | None:
    """Why this machine cannot run the trial, in words that name the limit."""
    if nofile > host.nofile_max:
        return f"nofile {nofile} was asked, this machine grants {host.nofile_max}"
    if experiment.measure != "load":
        return None
    if idle < 0:
        return f"nofile {nofile} leaves no room for {active} active connections"
    fleet_needs = -(-(idle + active) // experiment.fleet.fleets) + RESERVE
    if fleet_needs > host.nofile_max:
        return (
            f"{idle + active} connections need {fleet_needs} descriptors in a fleet, "
            f"this machine grants {host.nofile_max}"
        )
    return None


def _driven_seconds(trial: Trial) -> float:
    held = trial.idle + trial.active + trial.listeners + trial.stalled
    held = trial.connections if trial.measure == "ceiling" else held
    held = min(held, trial.nofile)
    if trial.measure == "probe":
        return PROBE_SECONDS
    driven = 0 if trial.measure == "ceiling" else trial.warmup_ns + trial.duration_ns
    return driven / 1e9 + held / 20_000


def _wanted(cell: Cell, only: Iterable[str]) -> bool:
    globs = tuple(only)
    names = (cell.experiment, f"{cell.experiment}/{cell.name}")
    return not globs or any(fnmatchcase(name, glob) for name in names for glob in globs)


def _seed(*parts: object) -> int:
    """63 bits that depend on every part: the same on every machine and in every Python."""
    digest = sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
