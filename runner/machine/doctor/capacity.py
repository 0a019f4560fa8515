"""Capacities: descriptors, processes, ports, queues, memory, disk."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.check import Check, checked
from runner.machine.doctor.facts import Facts
from runner.machine.doctor.needs import Needs

BACKLOG = 4096
"""The backlog that servers pass to listen(2)."""
WIDEST = 65535 - 1024 + 1
"""Ports that an unprivileged range can hold."""
USEFUL_NOFILE = 4096
"""With a lower limit select stops at RLIMIT_NOFILE and not at FD_SETSIZE."""


def checks(facts: Facts, needs: Needs) -> Iterator[Check]:
    yield _nofile(facts, needs)
    yield _nproc(facts, needs)
    yield _ports(facts, needs)
    yield _somaxconn(facts)
    conntrack = facts.number("net.netfilter.nf_conntrack_max")
    if conntrack is not None:
        yield _conntrack(conntrack, needs)
    yield _memory(facts, needs)
    yield _results(facts, needs)


def _nofile(facts: Facts, needs: Needs) -> Check:
    """The limit that was granted on trial: in a container, root may lack CAP_SYS_RESOURCE."""
    need = max(needs.descriptors, USEFUL_NOFILE)
    most = facts.number("fs.nr_open") or facts.nofile_max
    fix = f"sudo prlimit --pid $$ --nofile={need}:{need}"
    if need > most:
        fix = f"sudo sysctl -w fs.nr_open={need} && {fix}"
    return checked(
        "descriptors (nofile)",
        f"{facts.nofile_max} granted, fs.nr_open {most}",
        short=facts.nofile_max < need,
        needed=facts.nofile_max < needs.descriptors,
        why=f"a box needs {need}: cells that need more are SKIP",
        fix=fix,
    )


def _nproc(facts: Facts, needs: Needs) -> Check:
    """RLIMIT_NPROC does not limit root; threads-max limits every user."""
    need = needs.processes + 64
    limits = [limit for limit in (facts.threads_max,) if limit is not None]
    if not facts.root and facts.nproc_soft is not None:
        limits.append(facts.nproc_soft)
    granted = min(limits, default=None)
    return checked(
        "processes (nproc)",
        "unlimited" if granted is None else str(granted),
        short=granted is not None and granted < need,
        needed=needs.processes > 0,
        why=f"a server may have {needs.processes} threads or processes",
        fix=f"sudo prlimit --pid $$ --nproc={need}:{need}",
    )


def _ports(facts: Facts, needs: Needs) -> Check:
    """A fleet connects from several addresses to one: each has the whole range to itself."""
    capacity = facts.ports * needs.sources
    widened = not facts.own_network and WIDEST * needs.sources >= needs.connections
    return checked(
        "ports for connections",
        f"{facts.ports} for each of {needs.sources} source addresses",
        short=capacity < needs.connections,
        needed=True,
        why=f"{needs.connections} connections at once need as many ports; write in the spec "
        f"fleet: {{sources: {-(-needs.connections // facts.ports)}}}",
        fix='sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"' if widened else "",
    )


def _somaxconn(facts: Facts) -> Check:
    """A new network namespace begins with the kernel's own 4096 (SOMAXCONN, since 5.4)."""
    limit = facts.number("net.core.somaxconn")
    return checked(
        "listen queue (somaxconn)",
        "unknown" if limit is None else str(limit),
        short=limit is not None and limit < BACKLOG and not facts.own_network,
        needed=False,
        why=f"servers use {BACKLOG}: a shorter queue drops connections, and the trial is INVALID",
        fix=f"sudo sysctl -w net.core.somaxconn={BACKLOG}",
    )


def _conntrack(limit: int, needs: Needs) -> Check:
    need = needs.connections + 1024
    return checked(
        "connection tracking",
        f"nf_conntrack_max {limit}",
        short=limit < need,
        needed=needs.connections > 0,
        why=f"every connection takes an entry; the spec holds {needs.connections} at once",
        fix=f"sudo sysctl -w net.netfilter.nf_conntrack_max={2 * need}",
    )


def _memory(facts: Facts, needs: Needs) -> Check:
    available = facts.memory_available
    return checked(
        "memory",
        "unknown" if available is None else f"{available / 1e9:.1f} GB available",
        short=available is not None and available < needs.memory,
        needed=needs.connections > 0,
        why=f"{needs.connections} connections need about {needs.memory / 1e9:.1f} GB, kernel "
        "memory included; end other programs, or use fewer connections",
    )


def _results(facts: Facts, needs: Needs) -> Check:
    if not facts.results_writable:
        return checked(
            "results folder",
            "cannot be written",
            short=True,
            needed=True,
            why="no trial can be stored; type runner run --results DIR with another folder",
        )
    free = facts.results_free
    return checked(
        "results folder",
        "unknown" if free is None else f"{free / 1e9:.1f} GB free",
        short=free is not None and free < needs.disk,
        needed=True,
        why=f"{needs.trials} trials take about {needs.disk / 1e6:.0f} MB; free some space",
    )
