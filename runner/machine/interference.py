"""Interference: what else used the CPUs during a measurement. Pure.

Programs other than the server, the load generator and the runner that ran on their CPUs took time
from both. So do the hypervisor (steal), heat, and a CPU quota.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.machine.moment import Moment

ALLOWED = 0.25
"""Share of a CPU that other programs may use, unless a spec sets another. Less than this widens an
interval, but does not bias it."""
QUOTA = 0.05
"""Share of the time for which a control group may be stopped."""
TICKS = 3 * 10_000_000
"""The kernel counts in ticks of 10 ms: two ends and the moment between them are off by so much."""


@dataclass(frozen=True, slots=True)
class Own:
    """The CPUs of a server or a load generator and the CPU time that it used between two moments.
    Without `cpus` it ran on any. `waited_ns` is how long it was runnable without a CPU; 0 where the
    reason may be one of the trial's own programs."""

    what: str
    cpus: tuple[int, ...]
    cpu_ns: int
    waited_ns: int = 0


def disturbance(
    before: Moment, after: Moment, owns: Iterable[Own], allowed: float = ALLOWED
) -> str | None:
    """What disturbed a measurement between two moments; None if nothing did."""
    return next(_reasons(before, after, tuple(owns), allowed), None)


def _reasons(before: Moment, after: Moment, owns: Sequence[Own], allowed: float) -> Iterator[str]:
    wall = after.at_ns - before.at_ns
    every = tuple(after.cpus)
    runner = after.own_ns - before.own_ns
    if before.quota_ns is not None and after.quota_ns is not None:
        stopped = after.quota_ns - before.quota_ns
        if stopped > QUOTA * wall:
            yield (
                f"a CPU quota stopped this control group for {stopped / wall:.0%} of the window: "
                "raise the quota"
            )
    for own in owns:
        if own.cpus and own.waited_ns > allowed * wall:
            # The kernel adds a wait when it ends: one that began before the window counts whole.
            share = f"{min(1.0, own.waited_ns / wall):.0%} of the window"
            why = "other programs used it; stop them, or measure again later"
            if 2 * runner >= own.waited_ns:
                why = "the runner itself used it to read the server's accounting; use fewer "
                why += "processes or a longer `duration`"
            yield f"the {own.what} waited for {_named(own.cpus)} during {share}: {why}"
    for cpus in dict.fromkeys(own.cpus or every for own in owns):
        here = [own for own in owns if (own.cpus or every) == cpus]
        names, where = " and ".join(dict.fromkeys(own.what for own in here)), _named(cpus)
        time = wall * len(cpus)
        stolen = sum(after.cpus[n].steal_ns - before.cpus[n].steal_ns for n in cpus if n in every)
        if stolen > allowed * time + TICKS:
            yield (
                f"the hypervisor gave {stolen / time:.0%} of {where}, where the {names} ran, to "
                "other machines: measure at another time, or on a dedicated machine"
            )
        busy = sum(after.cpus[n].busy_ns - before.cpus[n].busy_ns for n in cpus if n in every)
        others = busy - sum(own.cpu_ns for own in here) - runner
        if others > allowed * time + TICKS:
            yield (
                f"other programs used {others / time:.0%} of {where}, where the {names} ran: "
                "stop them, or measure again later"
            )


def overheated(before: Moment, after: Moment, owns: Iterable[Own]) -> str | None:
    """The same for heat, between two moments with hardware counters: outside of the window, since
    reading these takes longer than a tick on a machine of many CPUs."""
    for own in owns:
        for cpu in own.cpus or tuple(after.cpus):
            then, now = before.cpus.get(cpu), after.cpus.get(cpu)
            if then is None or now is None or then.throttled is None or now.throttled is None:
                continue
            if now.throttled > then.throttled:
                where = _named(own.cpus or (cpu,))
                return f"{where}, where the {own.what} ran, became too hot and was slowed down"
    return None


def _named(cpus: Sequence[int]) -> str:
    return f"CPU {', '.join(map(str, cpus))}"
