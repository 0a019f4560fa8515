"""Where a trial ran, and under which limits."""

from __future__ import annotations

from runner.engine.box import Running
from runner.plan import Trial
from runner.records.trial_record import Limits, Placement


def placement(trial: Trial, server: Running) -> Placement:
    """The CPUs of server and load generator (the same where there is only one), what pins them, and
    the network between them. Cells that differ in any of these are never compared."""
    if trial.hosts:
        return _apart(trial, server)
    own = "net" in server.isolation
    held = _held(trial, server)
    return Placement(
        server=trial.server_cpus,
        fleet=trial.fleet_cpus,
        shared=trial.server_cpus == trial.fleet_cpus,
        pinned=held,
        path="loopback of a namespace of their own" if own else "loopback of the host",
    )


def _apart(trial: Trial, server: Running) -> Placement:
    """The load hosts' own CPUs are in the record of each."""
    return Placement(
        server=trial.server_cpus,
        fleet=(),
        shared=False,
        pinned=_held(trial, server),
        path="network between hosts",
    )


def _held(trial: Trial, server: Running) -> str:
    if not trial.server_cpus or not server.pinned:
        return ""
    return "cpuset" if "cpuset" in server.isolation else "affinity"


def limits(box: Running) -> Limits:
    """The descriptor limits of the box's process."""
    return Limits(box.nofile.soft, box.nofile.hard)
