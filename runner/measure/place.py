"""Where a trial ran: part of its cell's identity, for it moves figures more than the model does."""

from __future__ import annotations

from typing import Any

from runner.engine.box import Running
from runner.plan import Trial


def placement(trial: Trial, server: Running) -> dict[str, Any]:
    """The CPUs of both (the same where there is one), what pins them (None: nothing does), and the
    way between them. Cells that differ in any of it are never compared."""
    own = "net" in server.isolation
    if not trial.server_cpus or not server.pinned:
        held = None
    else:
        held = "cpuset" if "cpuset" in server.isolation else "affinity"
    return {
        "server": list(trial.server_cpus),
        "fleet": list(trial.fleet_cpus),
        "shared": trial.server_cpus == trial.fleet_cpus,
        "pinned": held,
        "path": "loopback of a namespace of their own" if own else "loopback of the host",
    }
