"""Pid files: by them, and only by them, the boxes of a killed runner are found.

A process is identified by pid, start time and boot, since a pid alone is reused.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.engine import accounting
from runner.engine.box import EngineError, Say
from runner.engine.process.cgroup import PREFIX, Group

_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Identity:
    pid: int
    start: int

    def lives(self) -> bool:
        with contextlib.suppress(EngineError):
            return accounting.start_time(self.pid) == self.start
        return False


@dataclass(frozen=True, slots=True)
class Record:
    """One box: its runner, its processes (none yet while it starts) and its control groups.

    `place` is the pid namespace in which the pids are valid: a cache may be shared.
    """

    label: str
    boot: str
    place: str
    owner: Identity
    processes: tuple[Identity, ...]
    groups: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Writes all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        try:
            new.write_text(json.dumps(asdict(self)))
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def identity(pid: int) -> Identity:
    """Raises EngineError if it has ended."""
    return Identity(pid, accounting.start_time(pid))


def here() -> tuple[str, str]:
    """The boot and the pid namespace of this runner's records."""
    return accounting.boot_id(), str(Path("/proc/self/ns/pid").readlink())


def sweep(folder: Path, say: Say) -> int:
    """Ends the boxes whose runner has ended and removes their files. Returns how many."""
    boot, place = here()
    removed = 0
    for path in sorted(folder.glob("*.json")):
        record = _read(path)
        if record is not None and record.boot == boot:
            if record.place != place or record.owner.lives():
                continue
            for process in record.processes:
                _end(process)
            Group(tuple(map(Path, record.groups)), ()).remove()
            say(f"removed a box left by an ended runner (pid {record.owner.pid}): {record.label}")
            removed += 1
        path.unlink(
            missing_ok=True
        )  # of an earlier boot, or not a record: only the file is removed
    return removed


def _read(path: Path) -> Record | None:
    try:
        content = json.loads(path.read_text())
        groups = [Path(group) for group in content["groups"]]
        return Record(
            label=str(content["label"]),
            boot=str(content["boot"]),
            place=str(content["place"]),
            owner=_identity(content["owner"]),
            processes=tuple(map(_identity, content["processes"])),
            groups=tuple(str(group) for group in groups if group.name.startswith(PREFIX)),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(content: dict[str, object]) -> Identity:
    return Identity(int(str(content["pid"])), int(str(content["start"])))


def _end(process: Identity) -> None:
    """With all its descendants, which would survive in a box without a pid namespace."""
    family = []
    if process.lives():
        family = [process]
        for pid in accounting.descendants(process.pid):
            with contextlib.suppress(EngineError):
                family.append(identity(pid))
    for member in reversed(family):
        with contextlib.suppress(OSError):
            _kill(member)


def _kill(process: Identity) -> None:
    fd = os.pidfd_open(process.pid)
    try:
        if (
            process.lives()
        ):  # checked once the descriptor holds the process: no other process is killed
            signal.pidfd_send_signal(fd, signal.SIGKILL)
        ended = select.poll()
        ended.register(fd, select.POLLIN)
        ended.poll(_END_SECONDS * 1000)
    finally:
        os.close(fd)
