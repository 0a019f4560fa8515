"""Which CPUs there are, and in which order a measurement should take them."""

from __future__ import annotations

import os
from pathlib import Path

from runner.environment import read

CPUS = Path("/sys/devices/system/cpu")


def usable_cpus() -> tuple[int, ...]:
    """CPU numbers that this process may be scheduled on, sched_getaffinity(2): one of each core
    first, so that the first two never share a core where that can be had, and those of one socket
    together, so that they share a cache."""
    return by_core({cpu: _place(cpu) for cpu in os.sched_getaffinity(0)})


def by_core(places: dict[int, tuple[int, int]]) -> tuple[int, ...]:
    """`places` are socket and core of each CPU."""
    seen: dict[tuple[int, int], int] = {}
    ranked = []
    for cpu in sorted(places):
        rank = seen[places[cpu]] = seen.get(places[cpu], -1) + 1
        ranked.append((rank, places[cpu][0], cpu))
    return tuple(cpu for _, _, cpu in sorted(ranked))


def _place(cpu: int) -> tuple[int, int]:
    """A kernel that does not say gives every CPU a core of its own."""
    folder = CPUS / f"cpu{cpu}" / "topology"
    core, socket = read.number(folder / "core_id"), read.number(folder / "physical_package_id")
    return (socket or 0, cpu if core is None else core)
