"""Where a run measures: on this machine, or on the hosts of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import click

from runner import session
from runner.cli import doctor, engines
from runner.cli.clusters import ClusterOptions
from runner.cluster import AddressError
from runner.engine.box import Say
from runner.plan import Host as Limits
from runner.plan import Plan, expand
from runner.session import Conditions, Host, Options, ThisMachine
from runner.session.needs import needs, programs_of
from runner.session.together import Teams
from runner.spec import Suite

UNLIMITED = doctor.UNLIMITED


@dataclass(frozen=True, slots=True)
class Ground:
    """`plan` is that of the first host: of the others the cells and the repeats are the same.
    `teams` are hosts of which one serves and others send its load."""

    hosts: Sequence[Host]
    plan: Plan
    conditions: Conditions
    teams: Teams | None = None


@contextmanager
def this_machine(
    options: Options, suite: Suite, draft: Plan, say: Say, *, trusted: bool
) -> Iterator[Ground]:
    """Raises click.UsageError, EngineError."""
    with closing(engines.choose(options.engine, say)) as engine:
        unbuilt = engines.prepare(engine, programs_of(draft), say, trusted=trusted)
        plan = options.plan(suite, engine.nofile_max())
        here = session.here(engine, suite.labs_root)
        yield Ground([ThisMachine(engine, unbuilt, say)], plan, here)


@contextmanager
def cluster(
    asked: ClusterOptions, options: Options, suite: Suite, draft: Plan, say: Say, *, trusted: bool
) -> Iterator[Ground]:
    """Raises click.UsageError, ClusterError."""
    from runner.cluster.travel import luggage_of

    engines.require_trusted_builds(options.engine, programs_of(draft), trusted=trusted)
    try:
        luggage = luggage_of(draft)
    except AddressError as error:
        raise click.UsageError(str(error)) from None
    with asked.connected(options.engine, say) as link:
        from runner.cluster.gathering import gathered
        from runner.cluster.team import Teams as HostTeams

        whole = expand(suite, UNLIMITED, quick=options.quick, full=options.full, only=options.only)
        required = needs(whole, suite.path.name, options.engine)

        def plan_for(limits: Limits) -> Plan:
            return options.plan_on(suite, limits)

        hosts = gathered(
            link, draft, luggage, required, doctor.examined, plan_for, say, trusted=trusted
        )
        conditions = session.of_hosts({host.name: host.conditions for host in hosts})
        yield Ground(hosts, hosts[0].plan, conditions, HostTeams(link, hosts))
