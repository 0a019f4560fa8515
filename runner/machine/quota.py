"""The CPU quota of this process's control group, version 2 or 1: how many CPUs it allows, and for
how long it has stopped the group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from runner.machine import proc

_CGROUP = Path("sys/fs/cgroup")


def stopped_ns(root: Path = Path("/")) -> int | None:
    """For how long the group was stopped because it had used up its share; None where the kernel
    does not say."""
    for folder, version in _places(root):
        key, unit = ("throttled_usec", 1000) if version == 2 else ("throttled_time", 1)
        match = re.search(rf"^{key} (\d+)$", proc.text(folder / "cpu.stat"), re.MULTILINE)
        if match:
            return int(match[1]) * unit
    return None


def cpus(root: Path = Path("/")) -> float | None:
    """How many CPUs the group may use at most; None where there is no quota."""
    for folder, version in _places(root):
        if version == 2:
            allowed, _, period = proc.text(folder / "cpu.max").partition(" ")
        else:
            allowed, period = (
                proc.text(folder / name) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            )
        if allowed.strip().isdigit() and period.strip().isdigit() and int(period):
            return int(allowed) / int(period)
    return None


def _places(root: Path) -> Iterator[tuple[Path, int]]:
    """Where the files of the group may be, and of which version they are. In a container the group
    may be mounted as the root of what the container sees."""
    # A group's name may hold what Python takes for the end of a line: only a newline is one.
    for membership in proc.text(root / "proc/self/cgroup").split("\n"):
        number, _, rest = membership.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0":
            folder, version = root / _CGROUP, 2
        elif "cpu" in controllers.split(","):
            folder, version = root / _CGROUP / controllers, 1
        else:
            continue
        yield folder / path.lstrip("/"), version
        yield folder, version
