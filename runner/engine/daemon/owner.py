"""Which runner created a container, and whether that runner still lives, by labels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from runner.engine import accounting
from runner.engine.box import EngineError

MARK = "iolab"
"""On everything the runner creates, images included. Containers inherit the labels of their image,
so this label alone says nothing about a container."""

OWNER = "iolab.owner"
PLACE = "iolab.place"
RUN = "iolab.run"
ROLE = "iolab.role"
LABEL = "iolab.label"


@cache
def here() -> str:
    """A machine and a PID namespace: process ids are valid only there. A daemon may serve runners
    in several namespaces; whether those elsewhere live is unknown here."""
    machine = ""
    with suppress(OSError):  # none, or one that is no file
        machine = Path("/etc/machine-id").read_text(encoding="ascii", errors="replace")
    names = (machine, str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


@cache
def this_process() -> str:
    """<boot id>:<pid>:<start time>: never reused, while a pid alone is."""
    pid = os.getpid()
    return f"{accounting.boot_id()}:{pid}:{accounting.start_time(pid)}"


def labels(run: str, role: str, label: str) -> dict[str, str]:
    return {MARK: "1", RUN: run, ROLE: role, LABEL: label, OWNER: this_process(), PLACE: here()}


def is_orphan(labels: Mapping[str, str]) -> bool:
    """Whether these are the labels of a container whose runner has certainly ended."""
    if labels.get(MARK) != "1" or labels.get(PLACE) != here():
        return False
    boot, pid, start = [*labels.get(OWNER, "").split(":"), "", "", ""][:3]
    if not (boot and pid.isdigit() and start.isdigit()):
        return False
    if boot != accounting.boot_id():
        return True  # this machine has been restarted since
    try:
        return accounting.start_time(int(pid)) != int(start)
    except EngineError:
        return True
