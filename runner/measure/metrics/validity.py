"""Whether the instrument was measured and not the server. Then the trial is INVALID, and its reason
says what to do. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from runner.kinds import Kind
from runner.measure.metrics.figures import Metrics
from runner.measure.metrics.fleet import STOOD_STILL, MergedResult, Net
from runner.measure.metrics.lack import lacking

FLEET_BUSY = 0.97
SERVER_SLACK = 0.85
"""A load generator that used all of its CPU while the server had a sixth of its own left measured
itself (docs/decisions.md)."""
FLEET_WAITED = 0.5
"""A load generator that was ready but without a CPU for half of the window shared its CPU."""
LAG_NS = 1_000_000
LAG_SHARE = 0.25
"""Latency counts from when a request was due. Where a quarter of the p99, and a millisecond at
least, is the load generator's own lateness, the slowest requests are not the server's."""
RETRANSMITTED = 0.001
"""Lost segments for each request: sent again, and not known to the other end yet. The loopback
interface loses none by itself."""
RESENT_A_DROP = 2
"""How many segments both ends send again for each connection that a full listen queue drops."""
FEW_REPLIES = 5
"""Replies for each request in flight. In a shorter window the percentiles are of too few replies,
and where all replies come at once the window may hold one more or one fewer of each."""
CONNTRACK_FULL = 0.9
TIME_WAIT_MOST = 20_000
"""A source address has 28,232 ports for one server."""

OVERRUN = 0.02
"""The share of the others' turns during which a trial's own requests may still be in flight."""


def saturation(kind: Kind, metrics: Metrics, fleet: MergedResult) -> str | None:
    """Why the figures may be the instrument's and not the server's; None when they are the
    server's."""
    server_cpu = float(metrics.get("server_cpu", 1.0))
    return next(spoilers(kind, fleet, server_cpu, answered="rate" in metrics), None)


def spoilers(
    kind: Kind, fleet: MergedResult, server_cpu: float | None, *, answered: bool = True
) -> Iterator[str]:
    """All such reasons, the most serious first. Without `server_cpu` nothing is known of the
    server, and a load generator that used all of its CPU is one of them."""
    if "own_limit" in fleet.stopped_by or fleet.errors.get("own_limit"):
        yield f"the load generator ran out of {lacking(fleet.lacked)}"
    if fleet.interrupted:
        yield (
            f"the load generator was interrupted ({', '.join(sorted(set(fleet.interrupted)))}) "
            "before its end, and its counts are incomplete; run it again"
        )
    if not kind.windowed:
        return
    yield from _connections(fleet.net)
    yield from _lost(fleet.net, fleet.requests)
    yield from _too_slow(kind, fleet, answered=answered)
    yield from _not_running(fleet)
    if fleet.cpu >= FLEET_BUSY and (server_cpu is None or server_cpu < SERVER_SLACK):
        server = "" if server_cpu is None else f", the server {server_cpu:.0%}"
        yield (
            f"the load generator was the bottleneck: it used {fleet.cpu:.0%} of its CPU{server}; "
            "raise `fleets` or lower `active`"
        )
    yield from _lag(fleet)


def slowed_only(
    kind: Kind, fleet: MergedResult, server_cpu: float | None, *, answered: bool
) -> bool:
    """Whether there are such reasons and each of them is about time alone: the load generator did
    not run, a window ran into other turns, or segments were lost, which TCP sends again. What was
    counted is then right."""
    every = set(spoilers(kind, fleet, server_cpu, answered=answered))
    slow = {*_overrun(fleet), *_not_running(fleet), *_lost(fleet.net, fleet.requests)}
    return bool(every) and every <= slow


def rate_at_most(
    kind: Kind, fleet: MergedResult, server_cpu: float, *, answered: bool
) -> float | None:
    """The rate of a server that was too slow for its window, and had no other trouble, is below
    this: as if it had answered in the window all that was in flight at its end. What it did in the
    turns of other servers made these slower."""
    slow = list(_too_slow(kind, fleet, answered=answered))
    every = list(spoilers(kind, fleet, server_cpu, answered=answered))
    if not slow or slow != every or fleet.seconds <= 0:
        return None
    return (fleet.counted + fleet.in_flight) / fleet.seconds


def _too_slow(kind: Kind, fleet: MergedResult, *, answered: bool) -> Iterator[str]:
    if not kind.windowed:
        return
    if kind.requests and not answered and not any(fleet.server_errors.values()):
        yield "no request completed inside the window; use a longer `duration`"
    elif kind.requests and 0 < fleet.requests < fleet.in_flight:
        yield (
            f"the window is shorter than a reply: it holds {fleet.requests} replies for "
            f"{fleet.in_flight} requests in flight; {_longer(fleet)}"
        )
    yield from _overrun(fleet)


def _overrun(fleet: MergedResult) -> Iterator[str]:
    if fleet.overrun > OVERRUN:
        yield (
            f"{fleet.overrun:.0%} of its window ran into other servers' turns; use a longer "
            "`interleave`"
        )


def _not_running(fleet: MergedResult) -> Iterator[str]:
    if fleet.still >= STOOD_STILL:
        yield (
            f"the load generator stood still for {fleet.still:.0%} of the window: it was stopped, "
            "or frozen with its container or machine; run it again"
        )
    if fleet.waited >= FLEET_WAITED:
        yield (
            f"the load generator waited for its CPU during {fleet.waited:.0%} of the window: stop "
            "other programs, or measure again later"
        )


def remarks(kind: Kind, fleet: MergedResult, server_cpu: float | None) -> list[str]:
    """Notes on figures that are valid."""
    notes = [_short_queue(fleet.net), _few_replies(kind, fleet), _slow_dropped(fleet)]
    if kind.windowed and server_cpu is not None:
        notes.append(indistinct(fleet, server_cpu))
    return [each for each in notes if each]


def indistinct(fleet: MergedResult, server_cpu: float) -> str | None:
    """A note where server and load generator both used all of their CPU; the figure is valid."""
    if fleet.cpu < FLEET_BUSY or server_cpu < SERVER_SLACK:
        return None
    return (
        f"load generator ({fleet.cpu:.0%}) and server ({server_cpu:.0%}) were both CPU-bound: the "
        "rate is a lower bound for the server"
    )


def _short_queue(net: Net) -> str | None:
    """A note where the server itself chose so short a queue; its figures are valid."""
    if not net.short_queue:
        return None
    return (
        f"the server's listen queue holds {net.backlog} connections: {net.dropped} arrived while "
        "it was full and were retried a second later; call listen() with the environment variable "
        f"BACKLOG (this kernel allows {net.somaxconn})"
    )


def _few_replies(kind: Kind, fleet: MergedResult) -> str | None:
    slots, replies = fleet.in_step, fleet.requests
    if not kind.requests or not slots or not replies or replies >= FEW_REPLIES * slots:
        return None
    return (
        f"the window holds {replies / slots:.1f} replies for each request in flight, too few for "
        f"percentiles and, if replies come in step, for the rate; {_longer(fleet)}"
    )


def _longer(fleet: MergedResult) -> str:
    """Advice: the `duration` whose window holds enough replies."""
    share = FEW_REPLIES * max(fleet.in_flight, fleet.in_step) / max(1, fleet.requests)
    return f"use a `duration` of {max(0.1, math.ceil(fleet.seconds * share * 11) / 10):g}s or more"


def _slow_dropped(fleet: MergedResult) -> str | None:
    if not fleet.slow_dropped:
        return None
    return (
        f"the server disconnected deliberately slow clients {fleet.slow_dropped} times; each "
        "reconnected with its next byte"
    )


def _lag(fleet: MergedResult) -> Iterator[str]:
    if not fleet.lag.get_total_count() or not fleet.latency.get_total_count():
        return
    lag = fleet.lag.get_value_at_percentile(99.0)
    p99 = fleet.latency.get_value_at_percentile(99.0)
    if lag >= LAG_NS and lag >= LAG_SHARE * p99:
        yield (
            f"the load generator sent 1% of the requests more than {lag / 1e6:.1f} ms late, with a "
            f"p99 of {p99 / 1e6:.1f} ms; lower `rate`, raise `fleets`, or give it its own CPU"
        )


def _lost(net: Net, requests: int) -> Iterator[str]:
    """A segment that the other end had already was not lost: that end's program read late, because
    it is slow or had no CPU, and the sender did not wait for its acknowledgement (RFC 8985)."""
    lost = net.retransmits - net.needless
    lost -= RESENT_A_DROP * net.dropped if net.short_queue else 0
    if lost > max(10, requests * RETRANSMITTED):
        yield (
            f"{lost} segments of the trial's connections were lost and retransmitted: the kernel "
            "dropped packets; see `nstat`, and lower `active`"
        )


def _connections(net: Net) -> Iterator[str]:
    """Events on the trial's own connections that neither server nor load generator caused."""
    if net.dropped and not net.short_queue:
        longest = "" if net.backlog is None else f", which holds {net.backlog}, the maximum,"
        yield (
            f"the listen queue{longest} dropped {net.dropped} connections; raise "
            "net.core.somaxconn, or open fewer connections at once"
        )
    if net.conntrack_most and net.conntrack >= CONNTRACK_FULL * net.conntrack_most:
        yield (
            f"connection tracking holds {net.conntrack} of {net.conntrack_most} connections; raise "
            "net.netfilter.nf_conntrack_max"
        )
    if net.time_wait > TIME_WAIT_MOST or (net.time_wait and net.time_wait_overflows):
        yield (
            f"{net.time_wait} ports of one source address are in TIME_WAIT; use `close: rst`, or "
            "raise `sources`"
        )
