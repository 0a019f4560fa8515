"""What the machine grants to boxes, tried once with the shim itself as the command: every later box
gets all of it, or is not launched."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.engine.box import NOFILE_MOST, Box, EngineError, Nofile, Program
from runner.engine.process import accounts, cgroup, visible
from runner.engine.process.apart import Apart
from runner.engine.process.grants import Grants, denying
from runner.engine.process.launcher import Launcher

_ANY = ("select",)
"""A call that the shim makes nowhere: denied in the trial launch, to see whether one can be."""
_PYTHON_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ready:
    """`apart` is what boxes without namespaces need, None where they have namespaces."""

    launcher: Launcher
    grants: Grants
    hidden: tuple[Path, ...]
    apart: Apart | None = None


def tried(
    shim: Path, library: Path, records: Path, without: Sequence[str], closed: Sequence[Path]
) -> Ready:
    """Without options the shim, as a command, ends at once. `closed` are paths that no box may be
    able to open. Raises EngineError."""
    ready = _with_namespaces(shim, records, without)
    if os.geteuid() != 0 or ready.grants.confines_files or "account" in without:
        return ready
    apart = Apart(accounts.folder_of_boxes(), visible.closed(closed), library)
    try:
        return _with_accounts(ready, shim, apart)
    except EngineError as error:
        refused = (*ready.grants.refused, f"account: {error}")
        return replace(ready, grants=replace(ready.grants, refused=refused))


def _with_namespaces(shim: Path, records: Path, without: Sequence[str]) -> Ready:
    spaces = [name for name in without if name not in cgroup.CONTROLLERS]
    unreadable = [path for path in visible.python() if not visible.readable_by_all([path])]
    other_user = os.geteuid() == 0 and not unreadable
    if not other_user:
        spaces.append("uid")
    launcher = Launcher(shim, records, tuple(dict.fromkeys(spaces)))
    box = _trial_box(shim)
    highest = box.nofile.hard
    options = ["--nofile", f"{highest}:{highest}", "--see", str(shim), *denying(_ANY)]
    usable = []
    for parent in cgroup.parents():
        # One at a time: a group may be creatable and yet not enterable.
        if not set(without) & set(parent.controllers):
            with contextlib.suppress(EngineError):
                launcher.start(box, options, [str(shim)], {}, [parent]).remove()
                usable.append(parent)
    trial = launcher.start(box, options, [str(shim)], {}, usable)
    trial.remove()
    refused = trial.refused
    if unreadable and os.geteuid() == 0:
        reason = f"uid: other users may not read {unreadable[0]}"
        refused = (*(line for line in refused if not line.startswith("uid:")), reason)
    if not denying(_ANY):
        refused = (*refused, f"seccomp: no table of calls for {platform.machine()}")
    grants = Grants(trial.spaces, refused, trial.nofile.hard, tuple(usable))
    return Ready(launcher, grants, visible.hidden())


def _with_accounts(ready: Ready, shim: Path, apart: Apart) -> Ready:
    """The same launcher and groups, and a user id for each box. Raises EngineError where a box
    could open a file of the runner."""
    launcher, grants, box = ready.launcher, ready.grants, _trial_box(shim)
    with apart.account() as account:
        command = str(account.place(shim, "/trial"))
        options = ["--nofile", f"{grants.nofile}:{grants.nofile}", *denying(_ANY)]
        options += apart.options(account, box)
        trial = launcher.start(box, options, [command], {}, grants.cgroups, account=account)
        trial.remove()
    if "account" not in trial.spaces:
        raise EngineError(next(iter(trial.refused), "the kernel refuses another user id"))
    kept = tuple(line for line in grants.refused if not line.startswith("seccomp:"))
    closed_python = _without_python(launcher, box, apart)
    refused = (*kept, *trial.refused, *([f"python: {closed_python}"] if closed_python else []))
    granted = replace(grants, spaces=trial.spaces, refused=refused)
    return replace(ready, grants=granted, apart=replace(apart, no_python=closed_python))


def _without_python(launcher: Launcher, box: Box, apart: Apart) -> str:
    """Why a box cannot run Python; empty where it can."""
    words = [sys.executable, "-I", "-B", "-c", "import encodings"]
    try:
        with apart.account() as account:
            options = apart.options(account, box)
            running = launcher.start(box, options, words, {}, (), account=account)
            ended = running.exited(_PYTHON_SECONDS)
            running.remove()
    except EngineError:
        ended = None
    well = ended is not None and ended.code == 0
    return "" if well else f"{sys.executable} is closed to other users"


def _trial_box(shim: Path) -> Box:
    highest = min(int(Path("/proc/sys/fs/nr_open").read_text()), NOFILE_MOST)
    program = Program("server", shim.parent, "c")
    return Box(program, (), {}, Nofile(highest, highest), 1 << 28, 64, (0,), "a trial launch")
