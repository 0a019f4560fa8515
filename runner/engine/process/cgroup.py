"""Control groups, if the kernel permits them: limits for all processes of a box.

Version 1 has a hierarchy for each controller, and a box's groups are created below the runner's. In
version 2 a group with processes cannot give controllers to its children, so they are created below
the nearest ancestor that does. Only a trial shows whether that works: see `ProcessEngine.prepare`.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("memory", "pids", "cpuset")
PREFIX = "iolab-"
_END_SECONDS = 5.0
_YOUNG_SECONDS = 60.0
_SOCKETS = "memory.kmem.tcp.limit_in_bytes"
"""Bytes in the buffers of sockets. Version 1 counts them apart, and only with a limit; without
one a server could take what TCP has for all of the machine. Version 2 counts them as memory."""
# Absent if the kernel has no accounting of swap, or is older.
_OPTIONAL = ("memory.memsw.limit_in_bytes", "memory.swap.max", "memory.oom.group", _SOCKETS)


@dataclass(frozen=True, slots=True)
class Parent:
    """A folder below which groups can be created, and the resources they limit."""

    folder: Path
    controllers: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Group:
    """One box's groups. Empty without parents."""

    folders: tuple[Path, ...]
    controllers: tuple[str, ...]

    def out_of_memory(self) -> bool:
        """Whether the kernel killed one of its processes for its memory limit."""
        counts = [
            line.split()[1]
            for folder in self.folders
            for name in ("memory.events", "memory.oom_control")
            for line in _lines(folder / name)
            if line.startswith("oom_kill ")
        ]
        return any(count != "0" for count in counts)

    def remove(self) -> None:
        """Kills all processes in it, and removes the folders. Never raises."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                _kill_members(folder)
                folder.rmdir()


def parents(proc: Path = Path("/proc/self")) -> tuple[Parent, ...]:
    """Folders in which this process may probably create groups."""
    own = {}
    for line in _lines(proc / "cgroup"):
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    return tuple(
        parent
        for parent in _all_parents(own, _lines(proc / "mountinfo"))
        if os.access(parent.folder, os.W_OK | os.X_OK)
    )


def make(
    parents: Iterable[Parent], name: str, memory: int, pids: int, cpus: tuple[int, ...]
) -> Group:
    """A group with these limits in each parent. Raises OSError, and then leaves no folder."""
    folders: list[Path] = []
    controllers: list[str] = []
    try:
        for parent in parents:
            names = [name for name in parent.controllers if name != "cpuset" or cpus]
            if not names:
                continue
            folder = _folder(parent, name)
            folder.mkdir()
            folders.append(folder)
            controllers += names
            for file, value in _limits(parent, names, memory, pids, cpus):
                if file not in _OPTIONAL or (folder / file).exists():
                    (folder / file).write_text(value)
    except OSError:
        Group(tuple(folders), ()).remove()
        raise
    return Group(tuple(folders), tuple(controllers))


def folders(parents: Iterable[Parent], name: str) -> tuple[str, ...]:
    """The paths of the groups that `make` would create: they are recorded first."""
    return tuple(str(_folder(parent, name)) for parent in parents)


def sweep() -> None:
    """Removes empty groups whose runner, by their names, has ended. A young group may belong to a
    runner in another pid namespace that is about to use it. Never raises."""
    for parent in parents():
        for folder in parent.folder.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            with contextlib.suppress(OSError):
                old = time.time() - folder.stat().st_mtime > _YOUNG_SECONDS
                if old and owner.isdecimal() and not Path("/proc", owner).exists():
                    folder.rmdir()


def _folder(parent: Parent, name: str) -> Path:
    return parent.folder / f"{PREFIX}{name}"


def _all_parents(own: dict[str, str], mounts: Iterable[str]) -> Iterator[Parent]:
    for line in mounts:
        before, _, after = line.partition(" - ")
        root, point = map(_unescaped, before.split(" ")[3:5])
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup":
            for name in set(CONTROLLERS) & set(options.split(",")):
                with contextlib.suppress(KeyError, ValueError):
                    yield Parent(Path(point, Path(own[name]).relative_to(root)), (name,), 1)
        elif kind == "cgroup2":
            with contextlib.suppress(KeyError, ValueError):
                inside = Path(own[""]).relative_to(root)
                for parent in [Path(point, inside), *Path(point, inside).parents]:
                    given = " ".join(_lines(parent / "cgroup.subtree_control")).split()
                    if {"memory", "pids"} <= set(given):
                        yield Parent(parent, tuple(n for n in CONTROLLERS if n in given), 2)
                        break


def _limits(
    parent: Parent, controllers: list[str], memory: int, pids: int, cpus: tuple[int, ...]
) -> Iterator[tuple[str, str]]:
    """Files of a group and their values, in the order of writing: swap counts as memory."""
    listed = ",".join(map(str, cpus))
    if "memory" in controllers and parent.version == 1:
        yield "memory.limit_in_bytes", str(memory)
        yield "memory.memsw.limit_in_bytes", str(memory)
        yield _SOCKETS, str(memory)
    elif "memory" in controllers:
        yield "memory.max", str(memory)
        yield "memory.oom.group", "1"
        yield "memory.swap.max", "0"
    if "pids" in controllers:
        yield "pids.max", str(pids)
    if "cpuset" in controllers and parent.version == 1:
        yield "cpuset.mems", (parent.folder / "cpuset.mems").read_text().strip()
    if "cpuset" in controllers:
        yield "cpuset.cpus", listed


def _kill_members(folder: Path) -> None:
    """SIGKILL until no process is left: the next round kills those forked meanwhile."""
    while members := [int(pid) for pid in _lines(folder / "cgroup.procs")]:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                _kill_member(folder, pid)


def _kill_member(folder: Path, pid: int) -> None:
    """By a pidfd, with a second check once it is open: the pid may have been reused."""
    fd = os.pidfd_open(pid)
    try:
        if not any(
            line.endswith(f"/{folder.name}") for line in _lines(Path(f"/proc/{pid}/cgroup"))
        ):
            return
        signal.pidfd_send_signal(fd, signal.SIGKILL)
        ended = select.poll()
        ended.register(fd, select.POLLIN)
        if not ended.poll(_END_SECONDS * 1000):
            raise TimeoutError(f"process {pid} does not end")
    finally:
        os.close(fd)


def _lines(path: Path) -> list[str]:
    """Names of groups and mounts are bytes of anyone's choice: only a newline ends a line."""
    try:
        return [line for line in os.fsdecode(path.read_bytes()).split("\n") if line]
    except OSError:
        return []


def _unescaped(name: str) -> str:
    r"""A name in /proc/self/mountinfo, where a space is \040 (proc_pid_mountinfo(5))."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], base=8)), name)
