"""Costs of a connection and the capacity of a host -> how many such hosts a number of connections
takes, and which limit decides. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from runner.sizing.costs import Costs, Side
from runner.sizing.sample import Capacity
from runner.stats.interval import Interval

SHARE = 0.8
"""Of memory and CPU: a host that is full of connections still needs some for itself."""

SPARE_FILES = 100
"""Descriptors of a process that are no connections."""

WIDEST_RANGE = 65_535 - 1024 + 1
"""Ports of a source address, at most."""

Where = Literal["server", "load generator"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How many connections a host can have by this limit alone: by the estimate, and by the dearer
    and the cheaper end of its interval. `setting`: whether a setting of the system raises it."""

    name: str
    connections: float
    fewest: float
    most: float
    setting: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """`connections`, each of which sends one request in `every` seconds. `processes` of a server
    share a host's connections; load generators are as many as their descriptors need."""

    connections: int
    every: float
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """So many hosts of one side; `fewest` and `most` by the ends of the interval."""

    where: Where
    hosts: int
    fewest: int
    most: int
    limit: Limit


def needs(demand: Demand, costs: Costs, host: Capacity, *, raised: bool) -> tuple[Need, Need]:
    """Of the server and of the load generators. `raised`: every setting that can be raised has
    been, so that memory and CPU alone decide."""
    server = _need("server", demand, server_limits(demand, costs.server, host), raised=raised)
    limits = generator_limits(demand, costs.generator, host, server.hosts)
    return server, _need("load generator", demand, limits, raised=raised)


def server_limits(demand: Demand, side: Side, host: Capacity) -> tuple[Limit, ...]:
    descriptors = demand.processes * (host.nofile - SPARE_FILES)
    processes = "process" if demand.processes == 1 else f"{demand.processes} processes"
    return (
        _setting(f"descriptors of the {processes} (nofile {host.nofile:,})", descriptors),
        *_both(demand, side, host),
    )


def generator_limits(demand: Demand, side: Side, host: Capacity, servers: int) -> tuple[Limit, ...]:
    """Each server host is one destination: an address and a port. connect() is quick for half of
    the ports, every other one; then it searches them all, each time."""
    ports = f"ports, from 1 address to {servers:,} destination{'s' * (servers > 1)}"
    return (_setting(ports, host.ports // 2 * servers), *_both(demand, side, host))


def _both(demand: Demand, side: Side, host: Capacity) -> Iterator[Limit]:
    yield _limit("memory", host.memory * SHARE, side.bytes_each)
    if demand.every < inf:
        busy = host.cpus * 1e9 * SHARE * demand.every
        yield _limit("CPU", busy, side.request)
    if host.files is not None:
        yield _setting("descriptors of the system (fs.file-max)", host.files)
    if host.conntrack is not None:
        yield _setting("table of connections (nf_conntrack_max)", host.conntrack)


def _need(where: Where, demand: Demand, limits: tuple[Limit, ...], *, raised: bool) -> Need:
    """Where intervals overlap another limit may decide than by the estimates, so each end has its
    own."""
    those = [each for each in limits if not (raised and each.setting)]
    limit = min(those, key=lambda each: each.connections)
    hosts, most, fewest = (
        ceil(demand.connections / max(1.0, each))
        for each in (
            limit.connections,
            min(each.fewest for each in those),
            min(each.most for each in those),
        )
    )
    return Need(where, hosts, fewest, most, limit)


def _limit(name: str, there: float, each: Interval) -> Limit:
    """A cost that was not found to be above zero limits nothing."""
    low, high = (each.estimate if end is None else end for end in (each.low, each.high))
    dear, middle, cheap = (there / cost if cost > 0 else inf for cost in (high, each.estimate, low))
    return Limit(name, middle, dear, cheap)


def _setting(name: str, connections: float) -> Limit:
    return Limit(name, connections, connections, connections, setting=True)
