"""Is the instrument what was measured? Then the trial is INVALID, and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.metrics.figures import Metrics
from runner.metrics.fleet import Fleet

FLEET_BUSY = 0.97
SERVER_SLACK = 0.85
"""A fleet that used all of its CPU while the server had a sixth of its own left measured itself
(docs/decisions.md)."""
FLEET_WAITED = 0.5
"""A fleet that was runnable but not running for half of the window shared its CPU."""


def saturation(measure: str, metrics: Metrics, fleet: Fleet) -> str | None:
    """Why the numbers may be the instrument's and not the server's; None when they are not."""
    if "own_limit" in fleet.stopped_by or fleet.errors.get("own_limit"):
        return "the fleet itself ran out of descriptors"
    return None if measure == "ceiling" else next(_spoilers(measure, metrics, fleet), None)


def _spoilers(measure: str, metrics: Metrics, fleet: Fleet) -> Iterator[str]:
    server_cpu = float(metrics["server_cpu"])
    if fleet.listen_dropped:
        yield f"the listen queue dropped {fleet.listen_dropped} connections; raise somaxconn"
    if measure == "load" and "rate" not in metrics:
        yield "no request completed inside the window; make `duration` longer"
    if fleet.waited >= FLEET_WAITED:
        yield (
            f"the fleet waited for its CPU during {fleet.waited:.0%} of the window: something else "
            "runs on this machine"
        )
    if fleet.cpu >= FLEET_BUSY and server_cpu < SERVER_SLACK:
        yield (
            f"the fleet was the bottleneck: it used {fleet.cpu:.0%} of its CPU, the server "
            f"{server_cpu:.0%}; raise `fleets` or lower `active`"
        )
