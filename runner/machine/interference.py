"""What else the machine did while something was measured. Pure.

Whatever ran on the CPUs of the server and of the fleet and was neither of them (nor the runner)
took from both what was to be measured. So did the hypervisor (steal), heat, and a quota.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.machine.moment import Moment

ALLOWED = 0.25
"""Share of a CPU that others may take, unless a spec says otherwise: what comes and goes below it
widens an interval, and bends it to no side."""
QUOTA = 0.05
"""Share of the time for which a control group may be stopped."""
TICKS = 3 * 10_000_000
"""The kernel counts in ticks of 10 ms: two ends and the moment between them are off by so much."""


@dataclass(frozen=True, slots=True)
class Own:
    """Where it was meant to run, and the CPU time that it used itself between the two moments.
    Without CPUs it ran on any. `waited_ns` for which it had no CPU although it could have run; 0
    where others than strangers may have been the reason."""

    what: str
    cpus: tuple[int, ...]
    cpu_ns: int
    waited_ns: int = 0


def disturbance(
    before: Moment, after: Moment, owns: Iterable[Own], allowed: float = ALLOWED
) -> str | None:
    """Why what was measured between two moments is not the server's alone; None when it is."""
    return next(_reasons(before, after, tuple(owns), allowed), None)


def _reasons(before: Moment, after: Moment, owns: Sequence[Own], allowed: float) -> Iterator[str]:
    wall = after.at_ns - before.at_ns
    every = tuple(after.cpus)
    runner = after.own_ns - before.own_ns
    for own in owns:
        if own.cpus and own.waited_ns > allowed * wall:
            # The kernel adds a wait when it ends: one that began before the window counts whole.
            share = f"{min(1.0, own.waited_ns / wall):.0%} of the window"
            who = "something else runs on this machine"
            if 2 * runner >= own.waited_ns:
                who = "the runner used it itself, to read what the server used; use fewer processes"
                who += " or a longer `duration`"
            yield f"the {own.what} waited for {_named(own.cpus)} during {share}: {who}"
    for cpus in dict.fromkeys(own.cpus or every for own in owns):
        here = [own for own in owns if (own.cpus or every) == cpus]
        names, where = " and ".join(dict.fromkeys(own.what for own in here)), _named(cpus)
        time = wall * len(cpus)
        stolen = sum(after.cpus[n].steal_ns - before.cpus[n].steal_ns for n in cpus if n in every)
        if stolen > allowed * time + TICKS:
            yield (
                f"the hypervisor gave {stolen / time:.0%} of {where}, where the {names} ran, to "
                "others: measure at another time, or on a machine of your own"
            )
        busy = sum(after.cpus[n].busy_ns - before.cpus[n].busy_ns for n in cpus if n in every)
        foreign = busy - sum(own.cpu_ns for own in here) - runner
        if foreign > allowed * time + TICKS:
            yield (
                f"other programs used {foreign / time:.0%} of {where}, where the {names} ran: "
                "something else runs on this machine"
            )
    if before.quota_ns is not None and after.quota_ns is not None:
        stopped = after.quota_ns - before.quota_ns
        if stopped > QUOTA * wall:
            yield (
                f"a CPU quota stopped this control group for {stopped / wall:.0%} of the window: "
                "raise it"
            )


def overheated(before: Moment, after: Moment, owns: Iterable[Own]) -> str | None:
    """The same for heat, between two moments whose hardware was looked at: outside of the window,
    for reading that takes longer than a tick on a machine of many CPUs."""
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
