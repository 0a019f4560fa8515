"""The floor of a load from other hosts: what the same hosts make of a null server.

It is measured before each such trial, through the same kind of doorway, with load generators in the
same places. Where not even a null server is reached, the network is at fault and no server.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace

from runner.engine.box import EngineError, Running
from runner.measure.afar import Afar, Door
from runner.measure.arguments import arguments
from runner.measure.bench import Bench
from runner.measure.boxes import null_box
from runner.measure.fleet import Part
from runner.measure.metrics import merged
from runner.measure.server import ServerFault, launch, ready
from runner.plan import Trial
from runner.records.apart import Floor

SECONDS = 20.0
WARMUP, DURATION = "50ms", "250ms"
PAYLOAD = 64


def measured_floor(trial: Trial, bench: Bench, afar: Afar) -> Floor:
    """Raises EngineError, MissingError."""
    size = trial.drive.payload if isinstance(trial.drive.payload, int) else PAYLOAD
    size = size or PAYLOAD
    with ExitStack() as boxes:
        door = afar.door(boxes)
        server = launch(boxes, bench.engine, null_box(bench.engine, trial, door.port))
        try:
            ready(server, door.port)
            door.open(server)
            alone = replace(trial, hosts=1, fleets=1, active=1, idle=0)
            trip, _ = _echoes(alone, bench, afar, server, door, size)
            crowd = replace(trial, active=max(1, trial.active), idle=0)
            _, rate = _echoes(crowd, bench, afar, server, door, size)
        except ServerFault as fault:
            raise EngineError(f"the null server: {fault}") from None
    return Floor(trip, rate, crowd.active, size)


def _echoes(
    trial: Trial, bench: Bench, afar: Afar, server: Running, door: Door, size: int
) -> tuple[int, float]:
    """The median round trip and the rate of a closed loop."""
    workload = ("--active", str(trial.active), "--payload", f"{size}B", "--warmup", WARMUP,
                "--duration", DURATION)  # fmt: skip
    deadline = time.monotonic() + SECONDS
    with ExitStack() as boxes:
        fleets = [
            afar.launch(boxes, trial, index, arguments(trial, index, door.address, workload))
            for index in range(trial.parts)
        ]
        parts = [Part(each, server, deadline, bench.on_progress) for each in fleets]
        connected = [part.connected() for part in parts]
        held = sum(each.active for each in connected)
        if held < trial.active:
            raise EngineError(
                f"the load hosts reached a null server at {door.address} with {held} of "
                f"{trial.active} connections: a firewall between the hosts, or too few ports"
            )
        afar.start(server, fleets)
        fleet = merged([part.result() for part in parts])
    if fleet.seconds <= 0 or not fleet.requests:
        raise EngineError("the null server answered no request of the load hosts")
    return int(fleet.latency.get_value_at_percentile(50.0)), fleet.counted / fleet.seconds
