"""One trial: all that a run of one cell depends on, and that its record must contain. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from runner.kinds import KINDS, Kind
from runner.plural import number_of
from runner.spec import (
    Cell,
    Drive,
    Experiment,
    OwnServer,
    Suite,
    Timing,
    drive_of,
    probes_root,
)
from runner.syscalls.denial import canonical

MAX = "max"
"""As much as the machine has: of `nofile` the highest limit it grants, of `idle` what fits below
it."""

RESERVE = 64
"""Descriptors that a server or a load generator uses itself: stdio, listener, epoll, a spare, files
that an interpreter has open. `idle: max` stays this far below the limit."""

FLOOR_SECONDS = 1.0
"""Of a null server, before a trial whose load comes from other hosts."""
_RAISE = "raise the hard limit (`ulimit -Hn`) or use a smaller value"


@dataclass(frozen=True, slots=True)
class Host:
    """The properties of the machine that the plan depends on: the highest RLIMIT_NOFILE of a box,
    the CPUs that may be used, and how many other hosts of a cluster can reach it over a network."""

    nofile_max: int
    cpus: tuple[int, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of one cell: a fresh server, a fresh fleet. Complete: a record of it can be judged
    again elsewhere. `root` is the seed of the experiment's order, from which `seed` and all further
    blocks are drawn; `folder` is the server's, `probe` that of a probe, which runs alone where the
    cell has no lab. Times in ns, `memory` in bytes, `nofile` as it will be requested from
    the kernel; `looks` after how many repeats verdicts are computed;
    `turn`, from 0, is its place among the `turns` trials that run together and are driven for
    `slot_ns` each in turn; 0 of them where it runs alone;
    `disturbance` what others may take, in per cent; `sightings` whether /proc is read outside the
    window; `skip` says why it cannot run here; `deny` are the system calls that are denied to its
    server; `own` is that server where it is no lab; `hosts` how many other hosts send the load, 0
    where the server's machine does."""

    id: str
    experiment: str
    cell: Cell
    block: int
    root: int
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
    drive: Drive
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
    looks: tuple[int, ...]
    disturbance: int
    sightings: bool
    skip: str | None
    turn: int = 0
    turns: int = 0
    slot_ns: int = 0
    deny: tuple[str, ...] = ()
    own: OwnServer | None = None
    hosts: int = 0

    @property
    def parts(self) -> int:
        """How many load generators share the load."""
        return self.fleets * max(1, self.hosts)

    @property
    def kind(self) -> Kind:
        return KINDS[self.measure]

    @property
    def holds(self) -> int:
        """Connections that the server has to hold at once, up to its limit where that is looked
        for."""
        if self.kind.until_refused:
            return min(self.connections, self.nofile)
        return self.idle + self.active + self.listeners + self.stalled


def trial_of(
    suite: Suite,
    experiment: Experiment,
    cell: Cell,
    block: int,
    root: int,
    host: Host,
    timing: Timing,
    looks: tuple[int, ...],
) -> Trial:
    fleet, limits = experiment.fleet, experiment.limits
    lab, _, form = str(cell.get("lab")).partition("/")
    own = suite.servers.get(lab)
    probe = cell.get("probe")
    limit = cell.get("nofile")
    nofile = host.nofile_max if limit == MAX else int(limit or 0)
    active = int(cell.get("active") or 0)
    idle_asked = cell.get("idle")
    room = min(nofile - RESERVE, fleet.connections) - active
    idle = room if idle_asked == MAX else int(idle_asked or 0)
    return Trial(
        id=trial_id(cell, block),
        experiment=experiment.id,
        cell=cell,
        block=block,
        root=root,
        seed=seed_of(root, experiment.id, cell.name, block),
        measure=experiment.measure,
        folder=suite.folder_of(lab),
        form=form,
        probe=probes_root(suite.labs_root) / str(probe) if probe is not None else None,
        args=experiment.probe.args if experiment.probe is not None else (),
        language=str((own.language or own.source) if own else cell.get("language")),
        nofile=nofile,
        memory=limits.memory,
        pids=limits.pids,
        deny=canonical(limits.deny or ()),
        own=own,
        idle=max(idle, 0),
        active=active,
        drive=drive_of(fleet, cell, own.spoken if own else None),
        listeners=int(cell.get("listeners") or 0),
        stalled=int(cell.get("stalled") or 0),
        connections=fleet.connections,
        fleets=fleet.fleets,
        hosts=fleet.hosts or 0,
        sources=fleet.sources,
        warmup_ns=timing.warmup,
        duration_ns=timing.duration,
        timeout_ns=timing.timeout,
        server_cpus=host.cpus[:1],
        fleet_cpus=host.cpus[1:2] or host.cpus[:1],
        looks=looks,
        disturbance=timing.disturbance,
        sightings=experiment.sightings,
        skip=_lacking(experiment, nofile, idle, active, host),
    )


def in_turns(trials: Sequence[Trial], slot_ns: int) -> tuple[Trial, ...]:
    """Trials that run together, in turns where there are at least two."""
    if len(trials) == 1:
        return (replace(trials[0], turn=0, turns=0, slot_ns=0),)
    return tuple(
        replace(trial, turn=turn, turns=len(trials), slot_ns=slot_ns)
        for turn, trial in enumerate(trials)
    )


def again(model: Trial, block: int) -> Trial:
    """The same cell in a further block."""
    seed = seed_of(model.root, model.experiment, model.cell.name, block)
    return replace(model, id=trial_id(model.cell, block), block=block, seed=seed)


def warmer(trial: Trial) -> Trial:
    """The same trial with twice the warm-up, and 100 ms at least."""
    return replace(trial, warmup_ns=max(2 * trial.warmup_ns, 100_000_000))


def trial_id(cell: Cell, block: int) -> str:
    return f"{cell.experiment}/{cell.name}#{block + 1}"


def _lacking(experiment: Experiment, nofile: int, idle: int, active: int, host: Host) -> str | None:
    """Why this machine cannot run the trial: a sentence that names the limit, and what to do."""
    hosts = experiment.fleet.hosts or 0
    if hosts > host.others:
        return (
            f"`hosts: {hosts}` needs {number_of(hosts, 'host')} beside the server's, and there "
            f"{'is' if host.others == 1 else 'are'} {host.others}; type --cluster ADDRESS of a "
            "cluster with so many (docs/scale.md)"
        )
    if nofile > host.nofile_max:
        return (
            f"the trial needs nofile {nofile}, and this machine grants {host.nofile_max}; {_RAISE}"
        )
    if not experiment.kind.requests:
        return None
    if idle < 0:
        return f"nofile {nofile} leaves no room for {active} active connections; {_RAISE}"
    fleet_needs = -(-(idle + active) // experiment.fleet.parts) + RESERVE
    if fleet_needs > host.nofile_max:
        return (
            f"{idle + active} connections need {fleet_needs} descriptors in a load generator, and "
            f"this machine grants {host.nofile_max}; {_RAISE}"
        )
    return None


def driven_seconds(trial: Trial) -> float:
    """What it asks for, without the time that its boxes take."""
    kind = trial.kind
    window = trial.warmup_ns + trial.duration_ns if kind.windowed else 0
    floor = FLOOR_SECONDS if trial.hosts else 0.0
    return floor + kind.seconds + window / 1e9 + kind.seconds_each * min(trial.holds, trial.nofile)


def seed_of(*parts: object) -> int:
    """63 bits that depend on every part: the same on every machine and in every Python."""
    digest = sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
