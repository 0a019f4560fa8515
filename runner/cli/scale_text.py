"""What `runner scale` says: the costs of a connection, and the hosts that many of them take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tabulate import tabulate

from runner.plural import number_of
from runner.sizing.costs import Costs
from runner.sizing.hosts import SHARE, Demand, Need, needs
from runner.sizing.sample import Capacity
from runner.stats.interval import Interval

Show = Callable[[float], str]


def as_text(name: str, costs: Costs, host: Capacity, demands: Sequence[Demand]) -> str:
    return "\n\n".join(
        [
            _costs(name, costs, host),
            _hosts(costs, host, demands),
            "\n".join(_notes(costs, host, demands)),
        ]
    )


def _costs(name: str, costs: Costs, host: Capacity) -> str:
    sizes = ", ".join(f"{size:,}" for size in costs.sizes)
    title = (
        f"What one connection to {name} costs, from {sizes} connections in "
        f"{number_of(costs.rounds, 'round')} (99% intervals):"
    )
    unit = "cycles" if host.hertz else "ns of CPU"

    def spent(value: float) -> str:
        return f"{value * (host.hertz or 1e9) / 1e9:,.0f}"

    sides = (costs.server, costs.generator)
    rows = [
        ["memory of the kernel, bytes", *(_shown(s.kernel.each, _whole) for s in sides)],
        ["memory of the process, bytes", *(_shown(s.process.each, _whole) for s in sides)],
        [f"to open it, {unit}", *(_shown(s.opening, spent) for s in sides)],
        [f"a request, {unit}", *(_shown(s.request, spent) for s in sides)],
    ]
    heads = ["", "server's host", "load generator's host"]
    return f"{title}\n\n{_table(rows, heads)}"


def _hosts(costs: Costs, host: Capacity, demands: Sequence[Demand]) -> str:
    first = demands[0]
    title = (
        f"Hosts like this one for as many connections, of which each sends a request every "
        f"{first.every:g} s:"
    )
    rows = []
    for demand in demands:
        for raised in (False, True):
            server, load = needs(demand, costs, host, raised=raised)
            rows.append(
                [
                    f"{demand.connections:,}",
                    "all raised" if raised else "as they are",
                    *_need(server),
                    *_need(load),
                ]
            )
    heads = ["connections", "settings", "servers", "decided by", "load generators", "decided by"]
    return f"{title}\n\n{_table(rows, heads)}"


def _need(need: Need) -> list[str]:
    hosts = f"{need.hosts:,}"
    if (need.fewest, need.most) != (need.hosts, need.hosts):
        hosts += f" [{need.fewest:,}, {need.most:,}]"
    return [hosts, need.limit.name]


def _notes(costs: Costs, host: Capacity, demands: Sequence[Demand]) -> Iterator[str]:
    process = max(1, host.nofile)
    both = costs.server.kernel.each.estimate * 2 + costs.generator.process.each.estimate
    both += costs.server.process.each.estimate
    yield (
        f"One process has at most {process:,} descriptors here; one source address has "
        f"{host.ports:,} ports to each destination."
    )
    yield (
        "The kernel's memory was counted for both ends, and each end has half of it. Both ends "
        f"with their processes: {both:,.0f} bytes; the whole machine counted "
        f"{_shown(costs.used.each, _whole)}."
    )
    yield (
        f"Memory and CPU are used up to {SHARE:.0%}: {host.memory / 1e9:.1f} GB available, "
        f"{number_of(host.cpus, 'CPU')}. Each further connection is assumed to cost as much."
    )
    if costs.segments and host.queues:
        server, _ = needs(demands[-1], costs, host, raised=True)
        rate = demands[-1].connections / server.hosts / demands[-1].every * costs.segments
        yield (
            f"With settings raised each server host receives {rate:,.0f} segments/s, on "
            f"{number_of(host.queues, 'receive queue')} of its network interface; what the "
            "interface's driver costs was not measured."
        )


def _shown(value: Interval, show: Show) -> str:
    if value.low is None or value.high is None:
        return show(value.estimate)
    return f"{show(value.estimate)} [{show(value.low)}, {show(value.high)}]"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    return tabulate(rows, headers=heads, disable_numparse=True)
