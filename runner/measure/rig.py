"""A server and its load generators with all connections open: a trial starts with them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from runner.engine.box import Running
from runner.machine import Moment, moment, usable_cpus
from runner.measure import clock
from runner.measure.afar import Afar
from runner.measure.arguments import arguments
from runner.measure.bench import Bench
from runner.measure.boxes import fleet_box, server_box
from runner.measure.fleet import Part
from runner.measure.glance import glance
from runner.measure.held import require_all_held, require_listening
from runner.measure.readiness import await_ready
from runner.measure.server import launch, left, usage
from runner.measure.server_output import ServerOutput
from runner.measure.spent import Spent, before_load, begun
from runner.measure.target import Target
from runner.measure.turn_group import TurnGroup
from runner.plan import Trial
from runner.records.fleet_output import Connected
from runner.records.observed import Sighting
from runner.records.usage import Usage


@dataclass(frozen=True, slots=True)
class Rig:
    """`connected` is what each load generator reports of its connections. `hardware` are the CPUs
    of server and load generators; `before` is their state and `began` the clocks before anything
    was started. `deadline` is a time of the monotonic clock. `sightings` are what /proc showed
    while all clients were connected and silent, and `spent` the CPU time of the server's threads up
    to then, where the trial asks for it. `afar` are the hosts that send the load, where they are
    others than the server's."""

    trial: Trial
    group: TurnGroup
    server: Running
    port: int
    output: ServerOutput
    parts: Sequence[Part]
    connected: Sequence[Connected]
    hardware: Sequence[int]
    before: Moment
    began: clock.Reading
    deadline: float
    at_ready: Usage
    at_connected: Usage
    sightings: tuple[Sighting, ...] = ()
    spent: Spent | None = None
    afar: Afar | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline of the trial."""
        return left(self.deadline)


def connect(
    trial: Trial, bench: Bench, workload: Sequence[str], hint: str = "", wrong: str = ""
) -> Rig:
    """Starts the server and then the load generators, and waits until all are connected. `workload`
    are the options of the load generator; `hint` and `wrong` are `require_all_held`'s. Raises
    ServerFault where the server does not serve every connection that the trial needs."""
    timeout = trial.timeout_ns / 1e9 * max(1, trial.turns)
    deadline = time.monotonic() + timeout
    hardware = (*trial.server_cpus, *trial.fleet_cpus) or usable_cpus()
    before, began = moment(hardware), clock.now()
    with bench.group.setting_up(timeout):
        server, port, bound, address = _server(trial, bench, deadline)
        at_ready = usage(server)
        output = ServerOutput(server, bound=bound)
        output.require_no_refusal()
        parts = load_generators(trial, bench, server, address, workload, deadline)
        connected = [part.connected() for part in parts]
        require_listening(server, connected, port, bound=bound)
        if not trial.kind.until_refused:
            require_all_held(trial.holds, connected, output, hint, wrong)
        at_connected = usage(server)
        sightings, spent = _looked_at(trial, server, port)
    return Rig(
        trial, bench.group, server, port, output, parts, connected, hardware, before, began,
        deadline, at_ready, at_connected, sightings, spent, bench.afar if trial.hosts else None,
    )  # fmt: skip


def _server(trial: Trial, bench: Bench, deadline: float) -> tuple[Running, int, bool, str]:
    """The server, its port, whether it is bound by the contract, and where the load generators
    reach it."""
    if trial.own is not None and trial.own.connect is not None:
        at = trial.own.connect
        return Target(at), int(at.rpartition(":")[2]), False, at
    door = bench.afar.door(bench.boxes) if bench.afar is not None and trial.hosts else None
    box = server_box(trial, bench.engine, door.port if door else None)
    server = launch(bench.boxes, bench.engine, box)
    port = await_ready(bench.boxes, bench.engine, server, box, left(deadline))
    if door is not None:
        door.open(server)
    address = door.address if door else f"127.0.0.1:{port}"
    return server, port, box.program.given is None, address


def load_generators(
    trial: Trial,
    bench: Bench,
    server: Running,
    address: str,
    workload: Sequence[str],
    deadline: float,
) -> list[Part]:
    """Starts them, one after the other; `workload` are their options."""
    parts = []
    for index in range(trial.parts):
        if trial.hosts and bench.afar is not None:
            words = arguments(trial, index, address, workload)
            fleet = bench.afar.launch(bench.boxes, trial, index, words)
        else:
            box = fleet_box(trial, bench.engine, index, address, workload)
            beside = None if isinstance(server, Target) else server
            fleet = launch(bench.boxes, bench.engine, box, beside)
        parts.append(Part(fleet, server, deadline, bench.on_progress))
    return parts


def _looked_at(
    trial: Trial, server: Running, port: int
) -> tuple[tuple[Sighting, ...], Spent | None]:
    """What /proc shows while all clients are connected and silent, where the trial asks for it."""
    if not trial.sightings:
        return (), None
    began = begun(server)
    seen = glance(server, port, "connected", trial.seed)
    return (seen,), before_load(server, *began)
