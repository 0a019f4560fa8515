"""Merges the results of a trial's load generators: counts added, histograms merged without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hdrh.histogram import HdrHistogram

from runner.measure.metrics.lack import lacks
from runner.records.fleet_output import Cpu, FleetResult, Loop
from runner.records.fleet_output import Net as NetOutput

LOWEST_NS, HIGHEST_NS, DIGITS = 1_000, 3_600_000_000_000, 3
MANY_REPLIES = 100
STOOD_STILL = 0.05
"""The share of a window for which the load generator may stand still: requests that were due then
were late, or never sent, through no fault of the server."""
SHORTEST_NS = 1_000_000
"""The shortest window whose CPU time can be measured."""


@dataclass(frozen=True, slots=True)
class Net:
    """What the kernel counted for the server's listening socket and the connections to it, since
    the load generators began; `time_wait` and `conntrack` at the end. Only `conntrack` includes
    sockets of other programs in the same network namespace. What is not known is 0."""

    dropped: int
    """Connections that arrived while the listen queue was full; each was retried later."""
    backlog: int | None
    """How many connections the listen queue holds, None where the kernel does not say."""
    somaxconn: int | None
    """How many connections the kernel allows in any listen queue."""
    retransmits: int
    """Segments that either end of a connection sent again."""
    needless: int
    """Those of them that the other end had already: it had read late, and nothing was lost."""
    time_wait: int
    """Ports in TIME_WAIT towards the server, of the source address that has most of them."""
    time_wait_overflows: int
    """Connections of the whole namespace for which there was no room in TIME_WAIT."""
    conntrack: int
    conntrack_most: int

    @property
    def short_queue(self) -> bool:
        """Connections were dropped, and the server itself chose so short a queue."""
        known = self.backlog is not None and self.somaxconn is not None
        return self.dropped > 0 and known and (self.backlog or 0) < (self.somaxconn or 0)


@dataclass(frozen=True, slots=True)
class MergedResult:
    """The results of all load generators of a trial: counts added, histograms merged without
    loss."""

    requests: int
    """Closed loop: requests that were answered in the window; open loop: requests that were due in
    it. The latencies are of these requests."""
    answered: float
    """Replies in the window: a request that crosses an end of the window counts by the share of its
    time inside."""
    seconds: float
    errors: Mapping[str, int]
    idle_alive: int
    latency: HdrHistogram
    uncorrected: HdrHistogram
    """Open loop: latencies counted from when the request was sent, as in a closed loop; else
    empty."""
    lag: HdrHistogram
    """How late requests were sent by the load generators' own schedules: open loop and think times;
    else empty."""
    scheduled: int
    unsent: int
    """Open loop: requests due in the window, and those of them for which no connection was free."""
    in_flight: int
    """Closed loop without think times: how many requests are in flight at any time; else 0."""
    in_step: int
    """Closed loop: connections times requests in flight, where no think time spreads the requests;
    else 0."""
    accepted: int
    """Connections that were opened in the window in place of others, and answered."""
    cpu: float
    waited: float
    net: Net
    served: int
    stopped_by: tuple[str, ...]
    overrun: float
    """For how long its requests were in flight in the turns of others, as a share of its own
    time."""
    lacked: tuple[str, ...]
    """What the load generators themselves ran out of: nofile, ports, memory."""
    still: float
    """Share of the window for which a load generator did not read its clock and used no CPU: it was
    stopped, or frozen with its container or machine."""
    interrupted: tuple[str, ...]
    """What ended load generators early: signal, stdin, deadline."""
    slow_dropped: int
    """How many times the server dropped a deliberately slow connection."""

    @property
    def counted(self) -> float:
        """The number that the rate is computed from. Where the window holds a hundred replies for
        each request in flight, its ends are below 1%, and whole requests are counted; likewise in
        an open loop that sends all requests that are due."""
        short = self.requests < MANY_REPLIES * self.in_step
        return self.answered if short or self.unsent else self.requests

    @property
    def away(self) -> bool:
        """It was interrupted or stopped: a reply may have come meanwhile."""
        return bool(self.interrupted) or self.still >= STOOD_STILL

    @property
    def server_errors(self) -> dict[str, int]:
        """The errors without those of the load generators' own limits, which no server causes."""
        return {kind: count for kind, count in self.errors.items() if kind != "own_limit"}


def merged(results: Sequence[FleetResult]) -> MergedResult:
    """`cpu` and `waited` are those of the busiest load generator, in seconds a second; all of them
    see the same listening socket, so its drops are counted once."""
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
    """A stream has no replies but its frames."""
    if result.stream is not None or result.answered is None:
        return result.requests
    return result.answered


def _still(result: FleetResult) -> float:
    return min(result.still_ns / 1e9 / max(1e-9, result.seconds), 1.0 - share_of(result.cpu))


def _in_flight(loop: Loop, thinking: Sequence[str]) -> int:
    if loop.kind != "closed" or loop.think not in thinking:
        return 0
    return loop.driven * loop.pipeline


def _net(outputs: Sequence[NetOutput]) -> Net:
    return Net(
        dropped=max(each.listen_drops or 0 for each in outputs),
        backlog=outputs[0].listen_backlog,
        somaxconn=outputs[0].somaxconn,
        retransmits=sum(each.retransmits or 0 for each in outputs),
        needless=sum(each.needless or 0 for each in outputs),
        time_wait=max(each.time_wait or 0 for each in outputs),
        time_wait_overflows=max(each.time_wait_overflows or 0 for each in outputs),
        conntrack=max(each.conntrack or 0 for each in outputs),
        conntrack_most=max(each.conntrack_most or 0 for each in outputs),
    )


def histograms(encoded: Iterable[str]) -> HdrHistogram:
    """Adds the counts of each bucket: nothing is lost."""
    whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for text in encoded:
        if text:
            whole.add(HdrHistogram.decode(text))
    return whole


def busy(cpu: Cpu) -> int:
    """The CPU time of a load generator in its window, ns: from the scheduler where the kernel has
    it, else in ticks."""
    return cpu.run_ns or cpu.user_ns + cpu.system_ns


def share_of(cpu: Cpu) -> float:
    """The share of one CPU that a load generator, which is one thread, used in its window. The two
    clocks are read one after the other, so the share is limited to 1; in a window shorter than a
    tick it is not known."""
    return min(1.0, busy(cpu) / cpu.wall_ns) if cpu.wall_ns >= SHORTEST_NS else 0.0


def stretch(results: Sequence[FleetResult]) -> float:
    """How many times longer than their own time the window lasted, where the load generators took
    turns with others; else 1. By their own clock it lasts `duration`."""
    span = max(result.turns.span_ns for result in results)
    seconds = max(result.seconds for result in results)
    return max(1.0, span / 1e9 / seconds) if seconds > 0 else 1.0
