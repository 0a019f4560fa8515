"""The processes of a box."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from runner.engine.accounting import descendants

_HIERARCHIES = Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")
"""Where the groups of version 1 and of version 2 are."""


def members(pid: int) -> tuple[int, ...]:
    """The process and all others of its box: those of its control group, where it has one of its
    own, and else its descendants. An orphan is no descendant any more."""
    group = _group(str(pid))
    if group and group != _group("self"):
        for hierarchy in _HIERARCHIES:
            with suppress(OSError, ValueError):
                listed = (hierarchy / group.lstrip("/") / "cgroup.procs").read_text().split()
                return tuple(dict.fromkeys((pid, *map(int, listed))))
    return (pid, *descendants(pid))


def _group(process: str) -> str:
    """The path of its control group: of the controller `pids` in version 1, or of version 2."""
    with suppress(OSError):
        lines = Path("/proc", process, "cgroup").read_text().splitlines()
        groups = {names: path for _, names, path in (line.split(":", 2) for line in lines)}
        return groups.get("pids", groups.get("", ""))
    return ""
