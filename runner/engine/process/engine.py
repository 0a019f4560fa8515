"""Boxes as processes: launched by the shim, limited by control groups or rlimits, swept up."""

from __future__ import annotations

import platform
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from runner.engine import compile as compiler
from runner.engine import scratch
from runner.engine.box import (
    HOLD,
    OWN_ROLES,
    Box,
    BuildError,
    EngineError,
    MissingError,
    Program,
    Running,
    Say,
)
from runner.engine.process import accounts, cgroup, copies, record
from runner.engine.process.apart import Apart, environment_of, see_options, words_of
from runner.engine.process.at_once import at_once
from runner.engine.process.command import Command
from runner.engine.process.compiling import Workshop
from runner.engine.process.given import with_port
from runner.engine.process.launcher import SPARE
from runner.engine.process.programs import command_of
from runner.engine.process.running import ProcessBox
from runner.engine.process.trying import Ready, tried
from runner.paths import CACHE, LABS, own_folder

PORT = 9000
_OUTSIDE = "user,net,pid,mount,ipc,uts,uid"
_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",  # noqa: S108 - the box's own
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ProcessEngine:
    """Implements Engine. `closed` are paths that no box may be able to open. `without` names
    namespaces and cgroup controllers to leave out, so that the modes with less isolation can be
    tested on a machine that grants all of them."""

    name = "process"

    def __init__(
        self,
        cache: Path = CACHE,
        labs: Path = LABS,
        without: Sequence[str] = (),
        closed: Sequence[Path] = (),
    ) -> None:
        self._cache = cache.resolve()
        self._closed = tuple(closed)
        self._labs = labs.resolve()
        self._without = tuple(without)
        self._commands: dict[Program, Command] = {}
        self._state: Ready | None = None
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
            workshop = Workshop(ready.launcher, ready.grants, ready.apart)

            def command(program: Program) -> Command:
                if ready.apart is not None:
                    ready.apart.require(program)
                return command_of(program, self._labs, self._cache, say, workshop)

            for program, made in at_once(needed, command):
                if isinstance(made, Command):
                    self._commands[program] = made
                else:
                    problems[program] = made
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
        if ready.apart is not None:
            return _launched_apart(ready, ready.apart, box, beside, command)
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
        elif box.outside:
            options += ["--without", "net"]
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
        accounts.sweep(accounts.folder_of_boxes())
        cgroup.sweep()
        return removed

    def close(self) -> None:
        if self._state is not None:
            self._state.launcher.close()

    def _ready(self) -> Ready:
        """Raises MissingError with what to type if that is why it was not prepared."""
        if self._missing is not None:
            raise self._missing
        if self._state is None:
            raise EngineError("the process engine was not prepared")
        return self._state

    def _tried(self, say: Say) -> Ready:
        try:
            shim = compiler.shim(self._cache, say)
            library = compiler.as_user(self._cache, say)
        except BuildError as error:  # the compiler works, so headers are missing
            hint = "type: sudo apt-get install libc6-dev"
            raise EngineError(f"the launcher does not compile; {hint}\n{error}") from error
        return tried(shim, library, self._cache / "boxes", self._without, self._closed)


def _launched_apart(
    ready: Ready, apart: Apart, box: Box, beside: Running | None, command: Command
) -> Running:
    """A box with a user id of its own. All boxes share the machine's network."""
    options = ready.grants.options(box)
    if isinstance(beside, ProcessBox) and box.program.role == "tracer":
        uid = beside.account.uid if beside.account is not None else 0
        more, first = apart.tracer(uid)
        traced = [*first, *command.bare, *box.args, "-p", str(beside.pid)]
        return ready.launcher.start(box, [*options, *more], traced, _ENV, ())
    with apart.account() as account:
        words = words_of(account, command)
        if box.program.given is not None:
            words = with_port(words, box.env["PORT"])
        options += [*apart.options(account, box), *see_options(command)]
        options += ["--folder", str(account.folder / command.folder.lstrip("/"))]
        env = _ENV | environment_of(account, box, words, python=command.python)
        return ready.launcher.start(
            box, options, [*words, *box.args], env, ready.grants.cgroups, account=account
        )
