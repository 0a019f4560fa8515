"""What the fleets of a trial say, as one: counts added, histograms merged without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hdrh.histogram import HdrHistogram

from runner.measure.metrics.lack import lacks
from runner.records.fleet_output import Cpu, FleetResult, Loop
from runner.records.fleet_output import Net as NetSaid

LOWEST_NS, HIGHEST_NS, DIGITS = 1_000, 3_600_000_000_000, 3
MANY_REPLIES = 100
STOOD_STILL = 0.05
"""Of a window: what was due meanwhile was late, or never sent, and no server can help it."""
SHORTEST_NS = 1_000_000
"""Of a window whose CPU time can be told."""


@dataclass(frozen=True, slots=True)
class Net:
    """What the kernel counted for the server's listener and for the connections to it, since the
    fleets began; `time_wait` and `conntrack` as they are in the end. Sockets of other programs in
    the same network namespace are in none of it but `conntrack`. What is not known is 0."""

    dropped: int
    """Connections that found the server's listen queue full; each came again later."""
    backlog: int | None
    """How many the server's listen queue holds, None where the kernel does not say."""
    somaxconn: int | None
    """How many the kernel lets any listen queue hold."""
    retransmits: int
    """Segments that either end of a connection sent again."""
    time_wait: int
    """Ports in TIME_WAIT towards the server, of the source address that has most of them."""
    time_wait_overflows: int
    """Of the whole namespace: connections for which there was no room in TIME_WAIT."""
    conntrack: int
    conntrack_most: int

    @property
    def short_queue(self) -> bool:
        """Connections were dropped, and the server itself asked for so short a queue."""
        known = self.backlog is not None and self.somaxconn is not None
        return self.dropped > 0 and known and (self.backlog or 0) < (self.somaxconn or 0)


@dataclass(frozen=True, slots=True)
class MergedResult:
    """All fleets of a trial as one: counts added, histograms merged without loss."""

    requests: int
    """In the closed loop those that were answered in the window, in the open loop those that were
    due in it: the latencies are theirs."""
    answered: float
    """Replies in the window: one that lies across an end of it counts by the share of its time
    that lies inside."""
    seconds: float
    errors: Mapping[str, int]
    idle_alive: int
    latency: HdrHistogram
    uncorrected: HdrHistogram
    """Open loop: latencies from the sending, as a closed loop would have them; else empty."""
    lag: HdrHistogram
    """How late the fleets were by their own clocks: open loop and think times; else empty."""
    scheduled: int
    unsent: int
    """Open loop: requests due in the window, and of them those that no connection was free for."""
    in_flight: int
    """Closed loop without think times: how many requests are in flight at any time; else 0."""
    in_step: int
    """Closed loop: connections times requests in flight, where nothing spreads them in time; else
    0."""
    accepted: int
    """Connections that were opened anew in the window, and answered."""
    cpu: float
    waited: float
    net: Net
    served: int
    stopped_by: tuple[str, ...]
    overrun: float
    """Share of its own time for which its last requests were in flight in the turns of others."""
    lacked: tuple[str, ...]
    """What the fleets themselves ran out of: nofile, ports, memory."""
    still: float
    """Share of its window for which a fleet was not there to look at its clock, and used no CPU: it
    was stopped, or frozen with its container or machine."""
    interrupted: tuple[str, ...]
    """What ended fleets before their time: signal, stdin, deadline."""
    slow_dropped: int
    """How many times the server dropped a connection that is slow on purpose."""

    @property
    def counted(self) -> float:
        """What the rate is of. Where the window holds a hundred replies for each request in flight
        its ends are below 1%, and whole requests are counted; likewise in an open loop that sends
        all that is due."""
        short = self.requests < MANY_REPLIES * self.in_step
        return self.answered if short or self.unsent else self.requests

    @property
    def away(self) -> bool:
        """It was interrupted, or stopped: a reply may have come while it was not there."""
        return bool(self.interrupted) or self.still >= STOOD_STILL

    @property
    def server_errors(self) -> dict[str, int]:
        """The errors without what the fleets themselves lacked, which no server can help."""
        return {kind: count for kind, count in self.errors.items() if kind != "own_limit"}


def merged(results: Sequence[FleetResult]) -> MergedResult:
    """`cpu` and `waited` are those of the busiest fleet, in seconds a second; all fleets see the
    same listener, so its drops are read once."""
    errors: dict[str, int] = {}
    for result in results:
        for kind, count in result.errors.items():
            errors[kind] = errors.get(kind, 0) + count
    return MergedResult(
        requests=sum(result.requests for result in results),
        answered=sum(_answered(result) for result in results),
        seconds=max(result.seconds for result in results),
        errors=errors,
        idle_alive=sum(result.idle_alive for result in results),
        latency=histograms(result.latency for result in results),
        uncorrected=histograms(result.loop.uncorrected for result in results),
        lag=histograms(result.loop.lag for result in results),
        scheduled=sum(result.loop.scheduled for result in results),
        unsent=sum(result.loop.unsent for result in results),
        in_flight=sum(_in_flight(result.loop, ("none",)) for result in results),
        in_step=sum(_in_flight(result.loop, ("none", "constant", "uniform")) for result in results),
        accepted=sum(result.accepted for result in results),
        cpu=max(share_of(result.cpu) for result in results),
        waited=max(result.cpu.wait_ns / max(1, result.cpu.wall_ns) for result in results),
        net=_net([result.net for result in results]),
        served=sum(result.served or 0 for result in results),
        stopped_by=tuple(result.stopped_by for result in results if result.stopped_by),
        overrun=max(
            result.turns.overrun_ns / max(1e-9, result.seconds * 1e9) for result in results
        ),
        lacked=lacks(results),
        still=max(_still(result) for result in results),
        interrupted=tuple(
            result.interrupted_by or "signal" for result in results if result.interrupted
        ),
        slow_dropped=sum(result.slow.dropped for result in results),
    )


def _answered(result: FleetResult) -> float:
    """Of a stream there are its frames alone."""
    if result.stream is not None or result.answered is None:
        return result.requests
    return result.answered


def _still(result: FleetResult) -> float:
    return min(result.still_ns / 1e9 / max(1e-9, result.seconds), 1.0 - share_of(result.cpu))


def _in_flight(loop: Loop, thinking: Sequence[str]) -> int:
    if loop.kind != "closed" or loop.think not in thinking:
        return 0
    return loop.driven * loop.pipeline


def _net(said: Sequence[NetSaid]) -> Net:
    return Net(
        dropped=max(each.listen_drops or 0 for each in said),
        backlog=said[0].listen_backlog,
        somaxconn=said[0].somaxconn,
        retransmits=sum(each.retransmits or 0 for each in said),
        time_wait=max(each.time_wait or 0 for each in said),
        time_wait_overflows=max(each.time_wait_overflows or 0 for each in said),
        conntrack=max(each.conntrack or 0 for each in said),
        conntrack_most=max(each.conntrack_most or 0 for each in said),
    )


def histograms(encoded: Iterable[str]) -> HdrHistogram:
    """Counts added bucket by bucket: nothing is lost."""
    whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for text in encoded:
        if text:
            whole.add(HdrHistogram.decode(text))
    return whole


def busy(cpu: Cpu) -> int:
    """The CPU time of a fleet inside its window, ns: the scheduler's where the kernel has it, else
    by ticks."""
    return cpu.run_ns or cpu.user_ns + cpu.system_ns


def share_of(cpu: Cpu) -> float:
    """The share of one CPU that a fleet, which is one thread, used in its window. The two clocks
    are read one after the other: no reading makes it more than the whole, and of a window that is
    shorter than a tick nothing is known."""
    return min(1.0, busy(cpu) / cpu.wall_ns) if cpu.wall_ns >= SHORTEST_NS else 0.0


def stretch(results: Sequence[FleetResult]) -> float:
    """How many times their own time the window lasted, where the fleets took turns with others;
    else 1. By their own clock it is as long as asked."""
    span = max(result.turns.span_ns for result in results)
    seconds = max(result.seconds for result in results)
    return max(1.0, span / 1e9 / seconds) if seconds > 0 else 1.0
