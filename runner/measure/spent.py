"""Which threads of a server used its CPU time while requests came, for a trial with sightings.

Read from the scheduler's figures of each thread (schedstat of proc(5)) before the load and after
it, never within the window. A thread that serves hardly any request uses hardly any CPU time, in
whatever call it sleeps while all clients are silent.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from runner.engine.box import Running
from runner.measure.asleep import Thread, times
from runner.measure.looking import Looker
from runner.records.observed import Ran, Sighting

MOST_NAMED = 8
"""Threads that the record names, those first that used most."""


@dataclass(frozen=True, slots=True)
class Spent:
    """At the time `at`: for how many ns each thread had run, and its CPUs while all clients were
    silent, which a helper that computes for itself uses under load as well."""

    server: Running
    at: int
    ran: Mapping[Thread, int]
    idle: Mapping[Thread, float]

    def until_now(self, held: int) -> Sighting:
        """Since then, with so many connections."""
        at, ran = time.monotonic_ns(), _ran(self.server)
        wall = at - self.at
        own = {
            each: max(0, ns - self.ran.get(each, 0) - int(self.idle.get(each, 0.0) * wall))
            for each, ns in ran.items()
        }
        total = sum(own.values())
        most = sorted(own, key=lambda each: own[each], reverse=True)[:MOST_NAMED]
        return Sighting(
            "window",
            connections=held,
            processes=len({process for process, _ in ran}),
            threads=len(ran),
            ran=tuple(Ran(each[1], own[each] / total) for each in most if total),
            ran_ns=total,
        )


def before_load(server: Running, at: int, then: Mapping[Thread, int]) -> Spent:
    """`then` is what each thread had run at the time `at`; all clients were silent since."""
    now, ran = time.monotonic_ns(), _ran(server)
    wall = max(1, now - at)
    idle = {each: max(0, ns - then.get(each, ns)) / wall for each, ns in ran.items()}
    return Spent(server, now, ran, idle)


def _ran(server: Running) -> dict[Thread, int]:
    return {each: times(each)[0] for each in Looker(server.pid).threads()} if server.pid else {}


def begun(server: Running) -> tuple[int, dict[Thread, int]]:
    """Now, and what each thread has run."""
    return time.monotonic_ns(), _ran(server)
