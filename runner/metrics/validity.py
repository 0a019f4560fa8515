"""Is the instrument what was measured? Then the trial is INVALID, and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.metrics.figures import Metrics
from runner.metrics.fleet import Fleet, Net

FLEET_BUSY = 0.97
SERVER_SLACK = 0.85
"""A fleet that used all of its CPU while the server had a sixth of its own left measured itself
(docs/decisions.md)."""
FLEET_WAITED = 0.5
"""A fleet that was runnable but not running for half of the window shared its CPU."""
LAG_NS = 1_000_000
LAG_SHARE = 0.25
"""Latency counts from when a request was due. Where a quarter of the p99 is the fleet's own
lateness, and a millisecond at least, the tail is the fleet's."""
RETRANSMITTED = 0.001
"""Segments a request: loopback loses nothing, so they were dropped, or answered after 200 ms."""
CONNTRACK_FULL = 0.9
TIME_WAIT_MOST = 20_000
"""Of the 28,232 ports that an address has towards one server."""

OVERRUN = 0.02
"""Of the others' turns that a trial may take with what it asked in its own."""

_LACKED = {
    "nofile": "descriptors; raise the hard limit (`ulimit -Hn`) or `fleets`",
    "ports": "ports; raise `sources`",
    "memory": "memory; ask for fewer connections",
}


def saturation(measure: str, metrics: Metrics, fleet: Fleet) -> str | None:
    """Why the numbers may be the instrument's and not the server's; None when they are not."""
    server_cpu = float(metrics.get("server_cpu", 1.0))
    return next(spoilers(measure, fleet, server_cpu, answered="rate" in metrics), None)


def spoilers(
    measure: str, fleet: Fleet, server_cpu: float | None, *, answered: bool = True
) -> Iterator[str]:
    """All such reasons, the gravest first. Without `server_cpu` nothing is known of the server,
    and a fleet that used all of its CPU is suspected."""
    if "own_limit" in fleet.stopped_by or fleet.errors.get("own_limit"):
        what = next((_LACKED[each] for each in fleet.lacked if each in _LACKED), "descriptors")
        yield f"the fleet itself ran out of {what}"
    if measure == "ceiling":
        return
    yield from _namespace(fleet.net, fleet.requests)
    if measure == "load" and not answered:
        yield "no request completed inside the window; make `duration` longer"
    if fleet.waited >= FLEET_WAITED:
        yield (
            f"the fleet waited for its CPU during {fleet.waited:.0%} of the window: something else "
            "runs on this machine"
        )
    if fleet.cpu >= FLEET_BUSY and (server_cpu is None or server_cpu < SERVER_SLACK):
        server = "" if server_cpu is None else f", the server {server_cpu:.0%}"
        yield (
            f"the fleet was the bottleneck: it used {fleet.cpu:.0%} of its CPU{server}; "
            "raise `fleets` or lower `active`"
        )
    yield from _lag(fleet)
    if fleet.overrun > OVERRUN:
        yield (
            f"what it had in flight took {fleet.overrun:.0%} of its time out of the others' turns; "
            "make `interleave` longer"
        )


def indistinct(fleet: Fleet, server_cpu: float) -> str | None:
    """What must be said beside a figure that counts: both were at their end."""
    if fleet.cpu < FLEET_BUSY or server_cpu < SERVER_SLACK:
        return None
    return (
        f"the fleet ({fleet.cpu:.0%}) and the server ({server_cpu:.0%}) were both at the end of "
        "their CPUs: the rate is the pair's, and a faster fleet might have found a faster server"
    )


def _lag(fleet: Fleet) -> Iterator[str]:
    if not fleet.lag.get_total_count() or not fleet.latency.get_total_count():
        return
    lag = fleet.lag.get_value_at_percentile(99.0)
    p99 = fleet.latency.get_value_at_percentile(99.0)
    if lag >= LAG_NS and lag >= LAG_SHARE * p99:
        yield (
            f"the fleet itself was late: 1% of the requests by more than {lag / 1e6:.1f} ms of a "
            f"p99 of {p99 / 1e6:.1f} ms; lower `rate`, raise `fleets`, or leave it a CPU of its own"
        )


def _namespace(net: Net, requests: int) -> Iterator[str]:
    if net.dropped:
        yield f"the listen queue dropped {net.dropped} connections; raise somaxconn"
    if net.retransmits > max(10, requests * RETRANSMITTED):
        yield (
            f"{net.retransmits} segments were sent again: a queue dropped packets, or somebody "
            "was stopped; see `nstat`, and lower `active`"
        )
    if net.conntrack_most and net.conntrack >= CONNTRACK_FULL * net.conntrack_most:
        yield (
            f"connection tracking holds {net.conntrack} of {net.conntrack_most} connections; raise "
            "net.netfilter.nf_conntrack_max"
        )
    if net.time_wait_overflows or net.time_wait > TIME_WAIT_MOST:
        yield (f"{net.time_wait} ports wait in TIME_WAIT; type close: rst, or raise `sources`")
