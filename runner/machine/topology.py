"""The CPUs, the order in which a measurement should use them, and whether the kernel's counters of
each CPU can be trusted.

`root` stands for the machine's own `/`: another folder there is another machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from runner.machine import proc

ROOT = Path("/")
CPUS = Path("sys/devices/system/cpu")
"""Below the root."""


def usable_cpus(root: Path = ROOT) -> tuple[int, ...]:
    """CPU numbers that this process may be scheduled on, sched_getaffinity(2): one of each core
    first, so that the first two never share a core where that can be had, and those of one socket
    together, so that they share a cache."""
    return by_core({cpu: _place(cpu, root) for cpu in _affinity(root)})


def by_core(places: dict[int, tuple[int, int]]) -> tuple[int, ...]:
    """`places` are socket and core of each CPU."""
    ranks: dict[tuple[int, int], int] = {}
    ranked = []
    for cpu in sorted(places):
        rank = ranks[places[cpu]] = ranks.get(places[cpu], -1) + 1
        ranked.append((rank, places[cpu][0], cpu))
    return tuple(cpu for _, _, cpu in sorted(ranked))


def misnumbered(counted: Collection[int], root: Path = ROOT) -> bool:
    """Whether the CPUs that /proc/stat numbers (`counted`) are others than those of the same
    numbers that this process runs on. LXC's file system for /proc numbers the container's CPUs
    from 0, and sched_getaffinity(2) does not."""
    own = _affinity(root)
    return own != set(counted) if _virtual_stat(root) else not own <= set(counted)


def lacks(root: Path = ROOT) -> list[str]:
    """What this machine does not show or does not have, one sentence each."""
    sentences = []
    if len(_affinity(root)) == 1:
        sentences.append(
            "a CPU for the load generator: it shares the only CPU with the server, so rates are "
            "of both together"
        )
    if misnumbered(counted(proc.text(root / "proc/stat")), root):
        sentences.append(
            "view of each CPU: this container numbers its CPUs in /proc/stat differently than the "
            "scheduler, so the load of other programs is not visible"
        )
    elif _virtual_stat(root):
        sentences.append(
            "view of the machine: /proc/stat is the container's own (lxcfs), so programs outside "
            "of the container are not visible"
        )
    return sentences


def counted(stat: str) -> list[int]:
    """The CPUs that a text of /proc/stat has lines for."""
    return [int(number) for number in re.findall(r"^cpu(\d+) ", stat, re.MULTILINE)]


def _virtual_stat(root: Path) -> bool:
    return " /proc/stat fuse.lxcfs " in proc.text(root / "proc/self/mounts")


def _affinity(root: Path) -> set[int]:
    if root == ROOT:
        return os.sched_getaffinity(0)
    status = proc.text(root / "proc/self/status")
    listed = re.search(r"^Cpus_allowed_list:\s*(\S+)$", status, re.MULTILINE)
    numbers: set[int] = set()
    for part in listed[1].split(",") if listed else ():
        low, _, high = part.partition("-")
        numbers |= set(range(int(low), int(high or low) + 1))
    return numbers


def _place(cpu: int, root: Path) -> tuple[int, int]:
    """A kernel that does not say gives every CPU a core of its own."""
    folder = root / CPUS / f"cpu{cpu}" / "topology"
    core, socket = proc.number(folder / "core_id"), proc.number(folder / "physical_package_id")
    return (socket or 0, cpu if core is None else core)
