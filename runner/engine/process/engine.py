"""Boxes as processes: launched by the shim, limited by control groups or rlimits, swept by files.

The engine tries once what this machine grants, with the shim itself as the command: every later box
gets all of it, or is not launched.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine import compile as compiler
from runner.engine import scratch
from runner.engine.box import (
    HOLD,
    NOFILE_MOST,
    OWN_ROLES,
    Box,
    BuildError,
    EngineError,
    MissingError,
    Nofile,
    Program,
    Running,
    Say,
)
from runner.engine.process import cgroup, copies, record, visible
from runner.engine.process.command import Command
from runner.engine.process.compiling import Workshop
from runner.engine.process.given import with_port
from runner.engine.process.grants import Grants, denying
from runner.engine.process.launcher import SPARE, Launcher
from runner.engine.process.programs import command_of
from runner.engine.process.running import ProcessBox
from runner.paths import CACHE, LABS, own_folder

PORT = 9000
_ANY = ("select",)
"""A call that the shim makes nowhere: denied in the trial launch, to see whether one can be."""
_OUTSIDE = "user,net,pid,mount,ipc,uts,uid"
_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",  # noqa: S108 - the box's own
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True)
class _Ready:
    launcher: Launcher
    grants: Grants
    hidden: tuple[Path, ...]


class ProcessEngine:
    """Implements Engine. `without` names namespaces and cgroup controllers to leave out, so that
    the modes with less isolation can be tested on a machine that grants all of them."""

    name = "process"

    def __init__(self, cache: Path = CACHE, labs: Path = LABS, without: Sequence[str] = ()) -> None:
        self._cache = cache.resolve()
        self._labs = labs.resolve()
        self._without = tuple(without)
        self._commands: dict[Program, Command] = {}
        self._state: _Ready | None = None
        self._missing: MissingError | None = None

    def environment(self) -> dict[str, object]:
        grants = self._ready().grants
        return {
            "engine": self.name,
            "python": platform.python_version(),
            "compiler": compiler.find_compiler().version,
            "isolation": list(grants.isolation),
            "lacks": grants.lacks(),
            "programs": {
                program.name: f"sha256:{command.content}"
                for program, command in self._commands.items()
            },
        }

    def exposed(self) -> list[str]:
        return self._ready().grants.exposed()

    def nofile_max(self) -> int:
        return self._ready().grants.nofile

    def free_port(self) -> int:
        if "net" in self._ready().grants.spaces:
            return PORT
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            return int(any_port.getsockname()[1])

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        needed = list(programs)
        problems: dict[Program, BuildError | MissingError] = {}
        try:
            ready = self._state = self._state or self._tried(say)
            workshop = Workshop(ready.launcher, ready.grants)
            for program in needed:
                try:
                    self._commands[program] = command_of(
                        program, self._labs, self._cache, say, workshop
                    )
                except (BuildError, MissingError) as problem:
                    problems[program] = problem
        except MissingError as missing:  # a compiler: without the shim not even Python runs
            self._missing = missing
            return dict.fromkeys(needed, missing)
        except OSError as error:
            raise EngineError(f"process engine: {error}") from error
        return problems

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        ready = self._ready()
        if box.program not in self._commands:
            raise EngineError(f"{box.program.name} was not prepared")
        command, grants = self._commands[box.program], ready.grants
        options, args = grants.options(box), box.args
        confined = grants.confines_files
        if isinstance(beside, ProcessBox) and box.program.role == "tracer":
            # It attaches from outside: as root with the capabilities for that, as another user
            # because that user created the server's user namespace.
            options += ["--without", _OUTSIDE, "--traces"]
            args = (*args, "-p", str(beside.pid))
            confined = False
        elif isinstance(beside, ProcessBox):
            options += ["--join", str(beside.pid)]
        options += command.options(confined=confined)
        if confined:
            options += [word for path in ready.hidden for word in ("--hide", str(path))]
        if box.program.role in OWN_ROLES:
            options += ["--own-tool"]
        env = _ENV | command.python_path(confined=confined) | dict(box.env)
        hold = ("/bin/sh", "-c", HOLD, "sh") if box.held else ()
        words = command.words if confined else command.bare
        if box.program.given is not None:
            words = with_port(words, box.env["PORT"])
        return ready.launcher.start(box, options, [*hold, *words, *args], env, grants.cgroups)

    def answers(self, seconds: float) -> bool:
        del seconds  # boxes are children of the runner: there is no daemon to wait for
        return self._state is not None

    def stays(self, seconds: float) -> bool:
        return self.answers(seconds)

    def sweep(self, say: Say) -> int:
        for folder in (self._cache / "bin", copies.folder_of(self._cache)):
            scratch.sweep(folder)
        spare = own_folder(SPARE, make=False)
        folders = [self._cache / "boxes", *([spare] if spare is not None else [])]
        removed = sum(record.sweep(folder, say) for folder in folders)
        cgroup.sweep()
        return removed

    def close(self) -> None:
        if self._state is not None:
            self._state.launcher.close()

    def _ready(self) -> _Ready:
        """Raises MissingError with what to type if that is why it was not prepared."""
        if self._missing is not None:
            raise self._missing
        if self._state is None:
            raise EngineError("the process engine was not prepared")
        return self._state

    # ---- What a box is granted here ----

    def _tried(self, say: Say) -> _Ready:
        """Without options the shim, as a command, ends at once."""
        try:
            shim = compiler.shim(self._cache, say)
        except BuildError as error:  # the compiler works, so headers are missing
            hint = "type: sudo apt-get install libc6-dev"
            raise EngineError(f"the launcher does not compile; {hint}\n{error}") from error
        spaces = [name for name in self._without if name not in cgroup.CONTROLLERS]
        unreadable = [path for path in visible.python() if not visible.readable_by_all([path])]
        other_user = os.geteuid() == 0 and not unreadable
        if not other_user:
            spaces.append("uid")
        launcher = Launcher(shim, self._cache / "boxes", tuple(dict.fromkeys(spaces)))
        highest = min(int(Path("/proc/sys/fs/nr_open").read_text()), NOFILE_MOST)
        program = Program("server", shim.parent, "c")
        box = Box(program, (), {}, Nofile(highest, highest), 1 << 28, 64, (0,), "a trial launch")
        options = ["--nofile", f"{highest}:{highest}", "--see", str(shim), *denying(_ANY)]
        usable = []
        for parent in cgroup.parents():
            # One at a time: a group may be creatable and yet not enterable.
            if not set(self._without) & set(parent.controllers):
                with contextlib.suppress(EngineError):
                    launcher.start(box, options, [str(shim)], {}, [parent]).remove()
                    usable.append(parent)
        tried = launcher.start(box, options, [str(shim)], {}, usable)
        tried.remove()
        refused = tried.refused
        if unreadable and os.geteuid() == 0:
            reason = f"uid: other users may not read {unreadable[0]}"
            refused = (*(line for line in refused if not line.startswith("uid:")), reason)
        if not denying(_ANY):
            refused = (*refused, f"seccomp: no table of calls for {platform.machine()}")
        grants = Grants(tried.spaces, refused, tried.nofile.hard, tuple(usable))
        return _Ready(launcher, grants, visible.hidden())
