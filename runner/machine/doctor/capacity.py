"""How much there is: descriptors, processes, ports, queues, memory, disk."""

from __future__ import annotations

from collections.abc import Iterator

from runner.machine.doctor.facts import Facts
from runner.machine.doctor.finding import Finding, judged
from runner.machine.doctor.needs import Needs

BACKLOG = 4096
"""What servers are told to ask of listen(2)."""
WIDEST = 65535 - 1024 + 1
"""Ports that an unprivileged range can hold."""
USEFUL_NOFILE = 4096
"""Below this select's own limit cannot be told from the descriptors' end."""


def findings(facts: Facts, wanted: Needs) -> Iterator[Finding]:
    yield _nofile(facts, wanted)
    yield _nproc(facts, wanted)
    yield _ports(facts, wanted)
    yield _somaxconn(facts)
    conntrack = facts.number("net.netfilter.nf_conntrack_max")
    if conntrack is not None:
        yield _conntrack(conntrack, wanted)
    yield _memory(facts, wanted)
    yield _results(facts, wanted)


def _nofile(facts: Facts, wanted: Needs) -> Finding:
    """What was granted when it was tried: root may be without CAP_SYS_RESOURCE, in a container."""
    need = max(wanted.descriptors, USEFUL_NOFILE)
    most = facts.number("fs.nr_open") or facts.nofile_max
    fix = f"sudo prlimit --pid $$ --nofile={need}:{need}"
    if need > most:
        fix = f"sudo sysctl -w fs.nr_open={need} && {fix}"
    return judged(
        "descriptors (nofile)",
        f"{facts.nofile_max} granted, fs.nr_open {most}",
        short=facts.nofile_max < need,
        needed=facts.nofile_max < wanted.descriptors,
        why=f"a box needs {need}: cells that ask for more are SKIP",
        fix=fix,
    )


def _nproc(facts: Facts, wanted: Needs) -> Finding:
    """RLIMIT_NPROC never binds root; threads-max binds everybody."""
    need = wanted.processes + 64
    limits = [limit for limit in (facts.threads_max,) if limit is not None]
    if not facts.root and facts.nproc_soft is not None:
        limits.append(facts.nproc_soft)
    granted = min(limits, default=None)
    return judged(
        "processes (nproc)",
        "unlimited" if granted is None else str(granted),
        short=granted is not None and granted < need,
        needed=wanted.processes > 0,
        why=f"a server may have {wanted.processes} threads or processes",
        fix=f"sudo prlimit --pid $$ --nproc={need}:{need}",
    )


def _ports(facts: Facts, wanted: Needs) -> Finding:
    """A fleet connects from several addresses to one: each has the whole range to itself."""
    capacity = facts.ports * wanted.sources
    widened = not facts.own_network and WIDEST * wanted.sources >= wanted.connections
    return judged(
        "ports for connections",
        f"{facts.ports} for each of {wanted.sources} source addresses",
        short=capacity < wanted.connections,
        needed=True,
        why=f"{wanted.connections} connections at once need as many; write in the spec "
        f"fleet: {{sources: {-(-wanted.connections // facts.ports)}}}",
        fix='sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"' if widened else "",
    )


def _somaxconn(facts: Facts) -> Finding:
    """A new network namespace begins with the kernel's own 4096 (SOMAXCONN, since 5.4)."""
    limit = facts.number("net.core.somaxconn")
    return judged(
        "listen queue (somaxconn)",
        "unknown" if limit is None else str(limit),
        short=limit is not None and limit < BACKLOG and not facts.own_network,
        needed=False,
        why=f"servers ask for {BACKLOG}: a burst of connections is dropped, the trial is INVALID",
        fix=f"sudo sysctl -w net.core.somaxconn={BACKLOG}",
    )


def _conntrack(limit: int, wanted: Needs) -> Finding:
    need = wanted.connections + 1024
    return judged(
        "connection tracking",
        f"nf_conntrack_max {limit}",
        short=limit < need,
        needed=wanted.connections > 0,
        why=f"every connection takes an entry, {wanted.connections} are held at once",
        fix=f"sudo sysctl -w net.netfilter.nf_conntrack_max={2 * need}",
    )


def _memory(facts: Facts, wanted: Needs) -> Finding:
    available = facts.memory_available
    return judged(
        "memory",
        "unknown" if available is None else f"{available / 1e9:.1f} GB available",
        short=available is not None and available < wanted.memory,
        needed=wanted.connections > 0,
        why=f"{wanted.connections} connections need about {wanted.memory / 1e9:.1f} GB with the "
        "kernel's part; end other programs or ask for fewer",
    )


def _results(facts: Facts, wanted: Needs) -> Finding:
    if not facts.results_writable:
        return judged(
            "results folder",
            "cannot be written",
            short=True,
            needed=True,
            why="no trial could be kept; type runner run --results DIR with another folder",
        )
    free = facts.results_free
    return judged(
        "results folder",
        "unknown" if free is None else f"{free / 1e9:.1f} GB free",
        short=free is not None and free < wanted.disk,
        needed=True,
        why=f"{wanted.trials} trials take about {wanted.disk / 1e6:.0f} MB; make room",
    )
