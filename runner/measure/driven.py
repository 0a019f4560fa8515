"""A trial with a load generator: load, stream or ceiling. Its steps, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from runner.engine.box import Engine, Running
from runner.machine import Own, disturbance, moment, overheated, usable_cpus
from runner.measure import clock
from runner.measure.boxes import fleet_box, server_box
from runner.measure.fleet import Part, Told
from runner.measure.held import require_all_held, require_ports
from runner.measure.metrics import (
    Fleet,
    Metrics,
    Seen,
    Window,
    busy,
    ceiling_metrics,
    contradicted,
    faults,
    impossible,
    load_metrics,
    merged,
    remarks,
    saturation,
    series,
    silences,
    stream_metrics,
    stretch,
    without_steps,
)
from runner.measure.place import limits, placement
from runner.measure.said import Said, ended_badly
from runner.measure.server import (
    END_SECONDS,
    ServerFault,
    launch_beside,
    left,
    ready,
    require_alive,
    usage,
)
from runner.measure.steady import unsettled
from runner.measure.together import Together
from runner.plan import Trial
from runner.records.fleet_said import Connected, FleetResult
from runner.records.outcome import Status
from runner.records.trial_record import Granted, TrialRecord

REFUSED_SECONDS = 2.0
"""Where a fleet was refused, the line that says why is under way."""


def driven(
    trial: Trial, engine: Engine, boxes: ExitStack, told: Told, together: Together
) -> tuple[Status, str, dict[str, float | str], TrialRecord]:
    timeout = trial.timeout_ns / 1e9 * max(1, trial.turns)
    deadline = time.monotonic() + timeout
    hardware = (*trial.server_cpus, *trial.fleet_cpus) or usable_cpus()
    before, began = moment(hardware), clock.now()
    with together.setting_up(timeout):
        asked = server_box(trial, engine)
        server = engine.launch(asked, None)
        boxes.callback(server.remove)
        port = ready(server, int(asked.env["PORT"]), left(deadline))
        at_ready = usage(server)
        said = Said(server)
        said.none_yet()
        fleets = []
        for index in range(trial.fleets):
            box = fleet_box(trial, engine, index, port)
            fleets.append(launch_beside(engine, box, server))
            boxes.callback(fleets[-1].remove)
        parts = [Part(fleet, server, deadline, told) for fleet in fleets]
        connected = [part.connected() for part in parts]
        if trial.measure != "ceiling":
            require_all_held(trial, connected, said)
        at_connected = usage(server)
    together.connected(left(deadline))
    for part in parts:
        part.fleet.write_line("start")
    for part in parts:
        part.until("measuring")
    start, at_start = moment(), usage(server, memory=False)
    for part in parts:
        part.until("measured")
    at_end, end = usage(server, memory=False), moment()
    results = [part.result() for part in parts]
    window = Window(at_ready, at_connected, at_start, at_end, stretch(results))
    fleet = merged(results)
    refused = any(reason not in ("cap", "own_limit") for reason in fleet.stopped_by)
    said.hear(min(left(deadline), REFUSED_SECONDS) if refused else 0.0)
    faulty, silent = _errors(trial, fleet, server, results)
    unsteady = unsettled([each.series for each in results]) if trial.measure == "load" else None
    after = moment(hardware)
    record = TrialRecord(
        granted=Granted(server=limits(server), fleet=limits(fleets[0])),
        isolation=server.isolation,
        placement=placement(trial, server),
        moments={
            name: each.as_json()
            for name, each in zip(
                ("before", "start", "end", "after"), (before, start, end, after), strict=True
            )
        },
        settled=unsteady is None,
        usage=(at_ready, at_connected, at_start, at_end),
        refusals=tuple((claim.limit, claim.descriptor) for claim in said.refusals),
        connected=tuple(each.said for each in connected),
        series=series(results),
        fleets=tuple(without_steps(each.said) for each in results),
    )
    if faulty:
        return _failed(faulty, fleet, record)
    doubt = _doubt(said, fleet, window, refused=refused)
    metrics = _metrics(trial, window, fleet, connected, results, said, doubt)
    disturbed = None
    if trial.measure != "ceiling":  # a limit is where it is, however busy the machine
        owns = _owns(trial, server.pinned, end.at_ns - start.at_ns, window, results)
        beside = together.measured(trial.id, end.at_ns - start.at_ns, owns, left(deadline))
        disturbed = (
            disturbance(start, end, (*owns, *beside), trial.disturbance / 100)
            or overheated(before, after, owns)
            or unsteady
        )
    record = replace(record, disturbed=disturbed or "")
    if silent and not fleet.away and not clock.jump(began, clock.now()):
        return _failed(silent, fleet, record)
    breaches = [*([doubt] if doubt else []), *said.notes(), *ended_badly(server)]
    notes = [*remarks(trial.measure, fleet, window.server_cpu), *breaches]
    record = replace(record, contract=tuple(breaches), notes=tuple(notes))
    invalid = disturbed or saturation(trial.measure, metrics, fleet)
    return (Status.INVALID if invalid else Status.OK), invalid or "", metrics, record


def _errors(
    trial: Trial, fleet: Fleet, server: Running, results: Sequence[FleetResult]
) -> tuple[str | None, str | None]:
    """The server's errors that nothing else explains, and its silences. A server that has ended
    is at fault for its end, and not for what was lost by it."""
    found = faults(trial.measure, fleet.errors, fleet.requests)
    silent = silences(trial.measure, fleet.errors)
    require_alive(server, END_SECONDS if found or silent else 0.0)
    require_ports(results, server)
    return found, silent


def _failed(
    counted: str, fleet: Fleet, record: TrialRecord
) -> tuple[Status, str, dict[str, float | str], TrialRecord]:
    reason = (
        f"the server made errors: {counted}, with {fleet.requests:,} right replies; docs/fleet.md "
        "explains each error"
    )
    return Status.FAIL, reason, {"errors": sum(fleet.server_errors.values())}, record


def _doubt(said: Said, fleet: Fleet, window: Window, *, refused: bool) -> str | None:
    """Why the server's first word on its limit is not believed. Raises ServerFault where no server
    could have met that limit."""
    granted = said.server.nofile.hard
    for claim in said.refusals:
        why = impossible(claim, granted)
        if why is not None:
            raise ServerFault(
                f"the server reported REFUSED {claim}, which is impossible: {why}", final=True
            )
    if not said.refusals:
        return None
    opened = window.connected.descriptors
    seen = Seen(granted, fleet.served, refused, window.end.processes, opened)
    why = contradicted(said.refusals[0], seen)
    return None if why is None else f"REFUSED {said.refusals[0]} contradicts the measurement: {why}"


def _metrics(
    trial: Trial,
    window: Window,
    fleet: Fleet,
    connected: Sequence[Connected],
    results: Sequence[FleetResult],
    said: Said,
    doubt: str | None,
) -> Metrics:
    if trial.measure == "ceiling":
        claim = said.refusals[0] if said.refusals else None
        return ceiling_metrics(window, fleet, connected, claim, believed=doubt is None)
    if trial.measure == "stream":
        return stream_metrics(window, fleet, connected, results)
    return load_metrics(window, fleet, connected)


def _owns(
    trial: Trial, pinned: bool, wall: int, window: Window, results: Sequence[FleetResult]
) -> tuple[Own, ...]:
    """What server and fleet used themselves, and where; on any CPU where they are not `pinned`."""
    shares = [(busy(each.cpu), each.cpu.wait_ns) for each in results]
    fleet_wall = max(1, *(int(each.cpu.wall_ns * window.stretch) for each in results))
    # Several fleets wait for each other, and so do several threads of a server.
    fleet_waited = shares[0][1] / fleet_wall if len(shares) == 1 else 0.0
    server_waited = window.waited if window.end.threads == 1 else 0.0
    used = sum(own for own, _ in shares) / fleet_wall
    server_cpus, fleet_cpus = (trial.server_cpus, trial.fleet_cpus) if pinned else ((), ())
    if server_cpus == fleet_cpus:  # they wait for each other
        server_waited = fleet_waited = 0.0
    return (
        Own("server", server_cpus, int(window.cpu_share * wall), int(server_waited * wall)),
        Own("load generator", fleet_cpus, int(used * wall), int(fleet_waited * wall)),
    )
