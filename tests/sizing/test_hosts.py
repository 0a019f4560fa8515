"""Costs and a host -> how many hosts, and the limit that decides."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest

from runner.sizing.costs import costs_of
from runner.sizing.hosts import SHARE, Demand, needs
from runner.sizing.sample import Capacity
from runner.stats.interval import Interval
from tests.sizing.samples import GENERATOR, HOST, KERNEL, REQUEST, samples

EXACT = costs_of(tuple(samples()))
ROOMY = replace(HOST, nofile=10_000_000, files=10_000_000, conntrack=None)
MILLION = 1_000_000


def test_the_descriptors_of_one_process_decide_where_they_are_fewest() -> None:
    server, _ = needs(Demand(MILLION, 60), EXACT, HOST, raised=False)
    assert server.hosts == ceil(MILLION / 19_900)
    assert server.limit.name == "descriptors of the process (nofile 20,000)"
    four, _ = needs(Demand(MILLION, 60, processes=4), EXACT, HOST, raised=False)
    assert four.hosts == ceil(MILLION / (4 * 19_900))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (replace(ROOMY, files=30_000), "descriptors of the system (fs.file-max)"),
        (replace(ROOMY, conntrack=30_000), "table of connections (nf_conntrack_max)"),
        (replace(ROOMY, memory=10**8), "memory"),
    ],
)
def test_the_smallest_limit_is_named_on_both_sides(host: Capacity, name: str) -> None:
    server, load = needs(Demand(MILLION, 60), EXACT, host, raised=False)
    assert server.limit.name == load.limit.name == name


def test_ports_are_of_each_destination_and_half_of_them_are_quick() -> None:
    few = replace(ROOMY, memory=10**12)
    server, load = needs(Demand(MILLION, 10**6), EXACT, few, raised=False)
    assert server.hosts == 1
    assert load.limit.name == "ports, from 1 address to 1 destination"
    assert load.hosts == ceil(MILLION / (28_232 // 2))
    many = replace(few, nofile=200_100)
    server, load = needs(Demand(MILLION, 10**6), EXACT, many, raised=False)
    assert (server.hosts, load.hosts) == (5, ceil(MILLION / (28_232 // 2 * 5)))


def test_with_settings_raised_memory_and_cpu_are_left() -> None:
    rare, often = (
        needs(Demand(100 * MILLION, every), EXACT, HOST, raised=True) for every in (600, 1)
    )
    server, load = rare
    assert server.limit.name == load.limit.name == "memory"
    assert server.hosts == ceil(100 * MILLION * KERNEL / 2 / (HOST.memory * SHARE))
    assert load.hosts == ceil(100 * MILLION * (KERNEL / 2 + GENERATOR) / (HOST.memory * SHARE))
    server, load = often
    assert server.limit.name == load.limit.name == "CPU"
    assert server.hosts == ceil(100 * MILLION * REQUEST / (HOST.cpus * 1e9 * SHARE))
    assert load.hosts == pytest.approx(2 * server.hosts, abs=1)


def test_the_interval_of_a_cost_becomes_one_of_hosts() -> None:
    server, _ = needs(Demand(100 * MILLION, 600), costs_of(tuple(samples(0.2))), HOST, raised=True)
    assert server.fewest < server.hosts < server.most
    exact, _ = needs(Demand(100 * MILLION, 600), EXACT, HOST, raised=True)
    assert exact.fewest == exact.hosts == exact.most


def test_a_limit_that_may_decide_as_well_widens_the_hosts() -> None:
    wide = replace(EXACT.server, request=Interval(REQUEST, REQUEST / 10, REQUEST * 10))
    costs = replace(EXACT, server=wide)
    server, _ = needs(Demand(100 * MILLION, 60), costs, HOST, raised=True)
    assert server.limit.name == "memory"
    assert server.fewest == server.hosts
    assert server.most == ceil(100 * MILLION * REQUEST * 10 / (HOST.cpus * 1e9 * SHARE * 60))
