"""The hosts of a cluster, examined before anything is measured on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from runner.cluster import on_host
from runner.cluster.address import ClusterError
from runner.cluster.class_hosts import GradingHost
from runner.cluster.examined import HostFacts, differences, troubles, unfit
from runner.cluster.link import RESOURCE, Link, LostError
from runner.cluster.on_host import Examine, Sent
from runner.cluster.remote import RemoteHost, place_of
from runner.cluster.team import others
from runner.cluster.travel import Luggage, packed
from runner.engine.box import Say
from runner.machine.doctor import Needs
from runner.plan import Host, Plan
from runner.plural import number_of

BUSY_SECONDS = 0.4
"""Of a look at how quiet a machine is."""
PlanFor = Callable[[Host], Plan]


def gathered(
    link: Link,
    draft: Plan,
    luggage: Luggage,
    needs: Needs,
    checks: Examine,
    plan_for: PlanFor,
    say: Say,
    *,
    trusted: bool,
) -> list[RemoteHost]:
    """The hosts that can measure this plan, by name; `say` receives in what they differ, and what
    is missing there. One that cannot confine a server of the luggage is left out, unless it is
    `trusted`. Raises ClusterError where none can."""
    one_of_each = {trial.cell: trial for trial in draft.trials}
    trusted = trusted or not luggage.parcels
    sent = Sent(packed(one_of_each.values(), luggage), luggage.parcels, trusted)
    facts = _fit(link, sent, needs, checks, say)
    places = [place_of(address) for address, _ in facts.values()]
    hosts = [
        RemoteHost(link, address, name, own, plan_for(_limits(own, places)), luggage)
        for name, (address, own) in facts.items()
        if _confines(own, name, "a server that is no lab", say, trusted=trusted)
    ]
    if not hosts:
        raise ClusterError(
            "no host of the cluster can confine a server that is no lab; type --trust if all of "
            "them are yours, or run workers as root"
        )
    if any(trial.hosts for trial in draft.trials) and not others(places):
        say("cluster: its hosts have no network between them, so none can send load to another: "
            "trials with `hosts` are SKIP")  # fmt: skip
    for host in {host.machine: host for host in hosts}.values():
        if not host.is_quiet(BUSY_SECONDS):
            say(f"cluster: {host.name} is not quiet: other programs use its CPUs")
    return hosts


def _limits(own: HostFacts, places: Sequence[str]) -> Host:
    return Host(own.nofile_max, own.cpus, others(places))


def graders(
    link: Link, needs: Needs, checks: Examine, say: Say, *, trusted: bool
) -> list[GradingHost]:
    """The hosts that can grade; one that cannot confine a submission is named and left out. Raises
    ClusterError where there is none."""
    hosts = []
    for name, (address, own) in _fit(link, Sent(), needs, checks, say).items():
        if _confines(own, name, "a submission", say, trusted=trusted):
            hosts.append(GradingHost(link, address, name, own))
    if not hosts:
        raise ClusterError("no host of the cluster can confine a submission; run workers as root")
    return hosts


def _confines(own: HostFacts, name: str, what: str, say: Say, *, trusted: bool) -> bool:
    if own.exposed and not trusted:
        say(f"cluster: host {name} is left out: it cannot confine {what}: "
            f"{'; '.join(own.exposed)}")  # fmt: skip
        return False
    return True


def _fit(
    link: Link, sent: Sent, needs: Needs, checks: Examine, say: Say
) -> dict[str, tuple[str, HostFacts]]:
    """All hosts, with their addresses. Raises ClusterError where they cannot work together."""
    found = _examined(link, sent, needs, checks, say)
    facts = {name: own for name, (_, own) in found.items()}
    if reason := unfit(facts, on_host.lab_hash(), version("iolab")):
        raise ClusterError(reason)
    _tell(facts, say)
    return found


def _examined(
    link: Link, sent: Sent, needs: Needs, checks: Examine, say: Say
) -> dict[str, tuple[str, HostFacts]]:
    """All hosts at the same time: each builds its programs."""
    workers = link.workers()
    asked = {
        name: (address, link.submit(address, on_host.examine, sent, needs, checks))
        for name, address in sorted(names(workers).items())
    }
    facts = {}
    for name, (address, future) in asked.items():
        try:
            facts[name] = address, link.result(future, address)
        except LostError as lost:
            say(f"cluster: host {name} is left out: {lost}")
    if not facts:
        raise ClusterError("no host of the cluster can measure")
    return facts


def swept(link: Link, sweep: Callable[[str], Mapping[str, int]]) -> dict[str, str]:
    """Of each host what of ended runs was left there, in words. `sweep` runs there, and counts
    the boxes of each engine."""
    said = {}
    for name, address in sorted(names(link.workers()).items()):
        try:
            counts = link.call(address, sweep)
        except LostError as lost:
            said[name] = f"not known: {lost}"
            continue
        each = (f"{n} left-over boxes of engine {engine}" for engine, n in counts.items())
        said[name] = f"{', '.join(each)} removed"
    return said


def names(workers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The addresses of the fit workers, by name: the one that the worker was given; where Dask gave
    it a number or its address, with the machine's name or address before it."""
    found: dict[str, str] = {}
    for address, about in sorted(workers.items()):
        if about.get("resources", {}).get(RESOURCE) != 1:
            continue
        given = str(about.get("name", address))
        place = str(about.get("host", address))
        port = address.rpartition(":")[2]
        place = "local" if place == "127.0.0.1" else place
        name = f"{place}-{given}" if given.isdigit() else given
        name = f"{place}-{port}" if given == address or name in found else name
        found[name] = address
    return found


def _tell(facts: Mapping[str, HostFacts], say: Say) -> None:
    first = next(iter(facts.values()))
    named = ", ".join(facts)
    say(f"cluster: {number_of(len(facts), 'host')}, engine {first.engine}: {named}")
    for name, own in facts.items():
        for trouble in troubles(name, own):
            say(f"cluster: {trouble}")
    for line in differences(facts):
        say(f"cluster: {line}")
    if len({own.boot for own in facts.values()}) < len(facts):
        say("cluster: several hosts are one machine: on it one trial runs at a time")
