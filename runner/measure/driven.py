"""The steps of a trial with a load generator after all connections are open: the window and after.

load.py, ceiling.py and stream.py take these steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.machine import Moment, Own, disturbance, moment, overheated
from runner.measure import clock
from runner.measure.bench import Result
from runner.measure.glance import glance, glance_loaded
from runner.measure.held import require_ports
from runner.measure.metrics import (
    Claim,
    Measured,
    MergedResult,
    Metrics,
    Window,
    busy,
    contradicted,
    faults,
    impossible,
    merged,
    network_bound,
    rate_at_most,
    remarks,
    saturation,
    series,
    silences,
    slowed_only,
    spoiled,
    stretch,
    without_steps,
)
from runner.measure.place import limits, placement
from runner.measure.rig import Rig
from runner.measure.server import (
    END_SECONDS,
    ServerFault,
    require_alive,
    standing,
    unaccounted,
    usage,
)
from runner.measure.server_output import ended_badly
from runner.measure.target import UNKNOWN, Target, without_accounting
from runner.records.apart import Apart
from runner.records.fleet_output import FleetResult
from runner.records.observed import Sighting
from runner.records.outcome import Status
from runner.records.trial_record import Granted, TrialRecord

REFUSED_SECONDS = 2.0
"""Where a connection was refused, the server's REFUSED line may take a while."""


@dataclass(frozen=True, slots=True)
class Driven:
    """`results` are what the load generators counted, `fleet` is their sum; `start` and `end` are
    the machine at both ends of the window, `after` at the end of the trial. `faulty` and `silent`
    are the server's errors that nothing else explains, and its missing replies, in words;
    `sightings` what /proc showed before the window, where the trial asks for it."""

    rig: Rig
    results: Sequence[FleetResult]
    fleet: MergedResult
    window: Window
    start: Moment
    end: Moment
    after: Moment
    faulty: str | None
    silent: str | None
    sightings: tuple[Sighting, ...] = ()
    apart: Apart | None = None
    """Of a load from other hosts."""

    @property
    def network(self) -> str | None:
        """Why the load of other hosts was not one load, or their network lost some of it."""
        return spoiled(self.apart, self.fleet.requests) if self.apart is not None else None

    @property
    def claim(self) -> Claim | None:
        """The limit that the server reported first."""
        return self.rig.output.refusals[0] if self.rig.output.refusals else None


def drive(rig: Rig) -> Driven:
    """Starts the load generators and waits for their results. Raises ServerFault where the server
    has ended, or holds the ports that they need."""
    server = rig.server
    rig.group.connected(rig.left)
    if rig.afar is not None:
        rig.afar.start(server, [part.fleet for part in rig.parts])
    else:
        for part in rig.parts:
            part.fleet.write_line("start")
    sightings = _sightings(rig)
    for part in rig.parts:
        part.until("measuring")
    start, at_start = moment(), usage(server, memory=False)
    for part in rig.parts:
        part.until("measured")
    at_end, end = usage(server, memory=False), moment()
    results = [part.result() for part in rig.parts]
    boxes = [part.fleet for part in rig.parts]
    apart = rig.afar.ended(server, boxes, results) if rig.afar is not None else None
    window = Window(rig.at_ready, rig.at_connected, at_start, at_end, stretch(results))
    fleet = merged(results)
    rig.output.read(min(rig.left, REFUSED_SECONDS) if _refused(fleet) else 0.0)
    faulty, silent = _errors(rig, fleet, results)
    after = moment(rig.hardware)
    return Driven(rig, results, fleet, window, start, end, after, faulty, silent, sightings, apart)


def _sightings(rig: Rig) -> tuple[Sighting, ...]:
    """In the first half of the warm-up: the second half is left for the server to settle again."""
    trial = rig.trial
    if not trial.sightings:
        return ()
    seconds = trial.warmup_ns / 2e9 if trial.kind.windowed else 0.0
    loaded = glance_loaded(rig.server, trial.holds, seconds)
    return rig.sightings if loaded is None else (*rig.sightings, loaded)


def record_of(driven: Driven, *, settled: bool = True) -> TrialRecord:
    """What the record of every such trial contains; `settled` says whether the window was
    steady."""
    rig, window = driven.rig, driven.window
    moments = {
        "before": rig.before,
        "start": driven.start,
        "end": driven.end,
        "after": driven.after,
    }
    target = rig.server if isinstance(rig.server, Target) else None
    return TrialRecord(
        granted=_granted(rig),
        isolation=rig.server.isolation,
        placement=None if target else placement(rig.trial, rig.server),
        apart=driven.apart,
        moments={name: each.as_json() for name, each in moments.items()},
        settled=settled,
        usage=None if target else (window.ready, window.connected, window.start, window.end),
        unseen=target.unseen if target else None,
        sightings=driven.sightings or None,
        refusals=tuple((claim.limit, claim.descriptor) for claim in rig.output.refusals),
        connected=tuple(each.printed for each in rig.connected),
        series=series(driven.results),
        fleets=tuple(without_steps(each.printed) for each in driven.results),
    )


def _granted(rig: Rig) -> Granted:
    fleet = limits(rig.parts[0].fleet)
    return Granted(
        server=None if isinstance(rig.server, Target) else limits(rig.server), fleet=fleet
    )


def failure_of(counted: str, driven: Driven, record: TrialRecord) -> Result:
    """FAIL for the server's errors that are `counted`."""
    fleet = driven.fleet
    reason = (
        f"the server made errors: {counted}, with {fleet.requests:,} right replies; docs/fleet.md "
        f"explains each error{standing(driven.rig.server)}"
    )
    return Status.FAIL, reason, {"errors": sum(fleet.server_errors.values())}, record


def doubt_of(driven: Driven) -> str | None:
    """Why the first limit that the server reported is not believed. Raises ServerFault where no
    server could have met that limit."""
    granted = driven.rig.server.nofile.hard
    for claim in driven.rig.output.refusals:
        why = impossible(claim, granted)
        if why is not None:
            raise ServerFault(
                f"the server reported REFUSED {claim}, which is impossible: {why}", final=True
            )
    if driven.claim is None:
        return None
    fleet, window = driven.fleet, driven.window
    facts = Measured(
        granted, fleet.served, _refused(fleet), window.end.processes, window.connected.descriptors
    )
    why = contradicted(driven.claim, facts)
    return None if why is None else f"REFUSED {driven.claim} contradicts the measurement: {why}"


def disturbance_of(driven: Driven) -> str | None:
    """How other programs, or heat, disturbed the window; None where they did not, or only a
    little."""
    rig, wall = driven.rig, driven.end.at_ns - driven.start.at_ns
    if isinstance(rig.server, Target):  # it may be one of the other programs
        rig.group.measured(rig.trial.id, wall, (), rig.left)
        return None
    owns = _owns(driven, wall)
    beside = rig.group.measured(rig.trial.id, wall, owns, rig.left)
    allowed = rig.trial.disturbance / 100
    reason = disturbance(driven.start, driven.end, (*owns, *beside), allowed)
    if reason:
        return reason + unaccounted(rig.server)
    if rig.afar is not None:
        far = rig.afar.disturbance([part.fleet for part in rig.parts], driven.results, allowed)
        if far:
            return far
    return overheated(rig.before, driven.after, owns)


def result_of(
    driven: Driven,
    record: TrialRecord,
    metrics: Metrics,
    doubt: str | None,
    invalid: str | None = None,
) -> Result:
    """FAIL for missing replies of the server, INVALID where the window is `invalid` or the figures
    are the load generator's, else OK."""
    rig, fleet = driven.rig, driven.fleet
    record = replace(record, disturbed=invalid or "")
    metrics = without_accounting(metrics) if isinstance(rig.server, Target) else metrics
    if rig.spent is not None:
        # By now the windows of all trials that run beside this one are over.
        window = rig.spent.until_now(rig.trial.holds)
        last = glance(rig.server, rig.port, "measured", rig.trial.seed)
        record = replace(record, sightings=(*driven.sightings, window, last))
    excused = fleet.away or driven.network or clock.jump(rig.began, clock.now())
    if driven.silent and not excused:
        return failure_of(driven.silent, driven, record)
    if rig.output.bound:
        require_alive(rig.server)  # or its own end would be taken for one on SIGTERM
    ended = ended_badly(rig.server)[: None if rig.output.bound else 0]
    rig.output.read_rest()
    breaches = [*([doubt] if doubt else []), *rig.output.notes(), *ended]
    notes = [*remarks(rig.trial.kind, fleet, driven.window.server_cpu), *breaches]
    notes += [UNKNOWN] if isinstance(rig.server, Target) else []
    notes += _bounded(driven, metrics)
    record = replace(record, contract=tuple(breaches), notes=tuple(notes))
    reason = invalid or saturation(rig.trial.kind, metrics, fleet)
    if reason and not invalid:
        share, answered = driven.window.server_cpu, "rate" in metrics
        bound = rate_at_most(rig.trial.kind, fleet, share, answered=answered)
        slowed = slowed_only(rig.trial.kind, fleet, share, answered=answered)
        record = replace(record, rate_at_most=bound, disturbed=reason if slowed else "")
    return (Status.INVALID if reason else Status.OK), reason or "", metrics, record


def _bounded(driven: Driven, metrics: Metrics) -> list[str]:
    if driven.apart is None:
        return []
    rate = float(metrics["rate"]) if "rate" in metrics else None
    note = network_bound(driven.apart, rate, closed=driven.fleet.in_flight > 0)
    return [note] if note else []


def _refused(fleet: MergedResult) -> bool:
    return any(reason not in ("cap", "own_limit") for reason in fleet.stopped_by)


def _errors(
    rig: Rig, fleet: MergedResult, results: Sequence[FleetResult]
) -> tuple[str | None, str | None]:
    """The server's errors that nothing else explains, and its missing replies. A server that has
    ended is at fault for that, and not for the connections that were lost with it."""
    faulty = faults(rig.trial.kind, fleet.errors, fleet.requests)
    silent = silences(rig.trial.kind, fleet.errors)
    # A process that ends closes its connections first, and its status comes a moment later.
    held = sum(event.idle + event.active for event in rig.connected)
    lost = rig.trial.kind.until_refused and fleet.served < held
    require_alive(rig.server, END_SECONDS if faulty or silent or lost else 0.0)
    require_ports(results, rig.server)
    return faulty, silent


def _owns(driven: Driven, wall: int) -> tuple[Own, ...]:
    """The CPU time of server and load generator, and their CPUs; none where nothing pins them."""
    trial, window, results = driven.rig.trial, driven.window, driven.results
    if driven.apart is not None:  # the load generators have other machines
        own = trial.server_cpus if driven.rig.server.pinned else ()
        alone = window.waited if window.end.threads == 1 else 0.0
        return (Own("server", own, int(window.cpu_share * wall), int(alone * wall)),)
    shares = [(busy(each.cpu), each.cpu.wait_ns) for each in results]
    fleet_wall = max(1, *(int(each.cpu.wall_ns * window.stretch) for each in results))
    # Several load generators wait for each other, and so do several threads of a server.
    fleet_waited = shares[0][1] / fleet_wall if len(shares) == 1 else 0.0
    server_waited = window.waited if window.end.threads == 1 else 0.0
    used = sum(own for own, _ in shares) / fleet_wall
    pinned = driven.rig.server.pinned
    server_cpus, fleet_cpus = (trial.server_cpus, trial.fleet_cpus) if pinned else ((), ())
    if server_cpus == fleet_cpus:  # they wait for each other
        server_waited = fleet_waited = 0.0
    return (
        Own("server", server_cpus, int(window.cpu_share * wall), int(server_waited * wall)),
        Own("load generator", fleet_cpus, int(used * wall), int(fleet_waited * wall)),
    )
