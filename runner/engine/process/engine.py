"""Boxes as processes: launched by the shim, limited by control groups or rlimits, swept by files.

What this machine grants is tried once, with the shim itself as the command, and remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runner.engine import compile as compiler
from runner.engine.box import (
    HOLD,
    Box,
    BuildError,
    EngineError,
    MissingError,
    Nofile,
    Program,
    Running,
    Say,
)
from runner.engine.lines import reader_for
from runner.engine.process import cgroup, record
from runner.engine.process.copies import copied
from runner.engine.process.grants import Grants
from runner.engine.process.running import ProcessBox
from runner.engine.sources import sources_of
from runner.paths import CACHE, LABS

PORT = 9000
_OUTSIDE = "user,net,pid,mount,ipc,uts"
_HIDDEN = ("/tmp/", "/run/", "/dev/shm/")  # noqa: S108 - the shim puts empty file systems there
_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",  # noqa: S108 - the box's own
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ProcessEngine:
    """Implements Engine. `without` names namespaces and cgroup controllers to do without, so that
    the poorer modes can be tested on a machine that grants all of them."""

    name = "process"

    def __init__(self, cache: Path = CACHE, labs: Path = LABS, without: Sequence[str] = ()) -> None:
        self._cache = cache.resolve()
        self._labs = labs.resolve()
        self._without = tuple(without)
        self._commands: dict[Program, tuple[str, ...]] = {}
        self._keys: dict[Program, str] = {}
        self._prepared: tuple[Path, Grants] | None = None
        self._boxes: list[ProcessBox] = []
        self._lock = threading.Lock()

    def environment(self) -> dict[str, object]:
        _, grants = self._ready()
        return {
            "engine": self.name,
            "python": platform.python_version(),
            "compiler": compiler.find_compiler().version,
            "isolation": list(grants.isolation),
            "lacks": grants.lacks(),
            "programs": {program.name: self._content(program) for program in self._commands},
        }

    def nofile_max(self) -> int:
        return self._ready()[1].nofile

    def free_port(self) -> int:
        if "net" in self._ready()[1].spaces:
            return PORT
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            return int(any_port.getsockname()[1])

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        wanted = list(programs)
        problems: dict[Program, BuildError | MissingError] = {}
        try:
            if self._prepared is None:
                shim = self._shim(say)
                self._prepared = shim, self._try(shim)
            for program in wanted:
                try:
                    self._commands[program] = self._command(program, say)
                except (BuildError, MissingError) as problem:
                    problems[program] = problem
        except MissingError as missing:  # a compiler: without the shim not even Python runs
            return dict.fromkeys(wanted, missing)
        except OSError as error:
            raise EngineError(f"process engine: {error}") from error
        return problems

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        shim, grants = self._ready()
        if box.program not in self._commands:
            raise EngineError(f"{box.program.name} was not prepared")
        command = self._commands[box.program]
        options = grants.options(box)
        args = box.args
        if isinstance(beside, ProcessBox) and box.program.role == "tracer":
            # Whoever made a user namespace, and is outside of it, may trace who is inside.
            options += ["--without", _OUTSIDE]
            args = (*args, "-p", str(beside.pid))
        elif isinstance(beside, ProcessBox):
            options += ["--join", str(beside.pid)]
        for folder in self._read_by(command):
            options += ["--keep", str(folder)]
        env = _ENV | self._python_path(command) | dict(box.env)
        held = ("/bin/sh", "-c", HOLD, "sh") if box.held else ()
        return self._start(shim, options, [*held, *command, *args], env, box, grants.places)

    def answers(self, seconds: float) -> bool:
        del seconds  # boxes are our own children: there is nobody to wait for
        return self._prepared is not None

    def stays(self, seconds: float) -> bool:
        return self.answers(seconds)

    def sweep(self, say: Say) -> int:
        return record.sweep(self._cache / "boxes", say)

    def close(self) -> None:
        with self._lock:
            running = list(self._boxes)
        for box in running:
            box.remove()

    def _ready(self) -> tuple[Path, Grants]:
        if self._prepared is None:
            raise EngineError("the process engine was not prepared")
        return self._prepared

    # ---- What a program needs ----

    def _shim(self, say: Say) -> Path:
        try:
            return compiler.shim(self._cache, say)
        except BuildError as error:  # ours compiles: then it is the headers that are missing
            hint = "type: sudo apt-get install libc6-dev"
            raise EngineError(f"the launcher does not compile; {hint}\n{error}") from error

    def _command(self, program: Program, say: Say) -> tuple[str, ...]:
        if program.role == "tracer":
            strace = shutil.which("strace")
            if strace is None:
                raise MissingError("no strace", "type: sudo apt-get install strace")
            return (strace,)
        if program.language == "c":
            return (str(compiler.binary(program, self._labs, self._cache, say)),)
        sources = sources_of(program, self._labs)
        self._keys[program] = sources.key
        return (sys.executable, "-B", str(copied(sources, self._cache) / sources.compiled[0]))

    def _content(self, program: Program) -> str:
        """What ran, by its SHA-256: of the sources that Python reads, or of the binary."""
        if program in self._keys:
            return f"sha256:{self._keys[program]}"
        return f"sha256:{hashlib.sha256(Path(self._commands[program][0]).read_bytes()).hexdigest()}"

    def _python_path(self, command: Sequence[str]) -> dict[str, str]:
        """Where Python finds lab.py, as in an image: one folder above the server's."""
        return {"PYTHONPATH": str(Path(command[-1]).parents[1])} if len(command) > 1 else {}

    def _read_by(self, command: Sequence[str]) -> list[Path]:
        """What the command reads of that which the box's own /tmp and /run would hide."""
        read = {Path(command[-1]).parent}
        if len(command) > 1:
            read = {Path(command[-1]).parents[1], Path(sys.prefix), Path(sys.base_prefix)}
        hidden = {path for path in read if f"{path}/".startswith(_HIDDEN)}
        return sorted(path for path in hidden if not hidden & set(path.parents))

    # ---- Launching ----

    def _try(self, shim: Path) -> Grants:
        """What a box is granted here. The shim as a command ends at once, for want of options."""
        highest = int(Path("/proc/sys/fs/nr_open").read_text())
        program = Program("server", shim.parent, "c")
        box = Box(program, (), {}, Nofile(highest, highest), 1 << 28, 64, (0,), "a trial launch")
        options = ["--nofile", f"{highest}:{highest}"]
        for folder in self._read_by([str(shim)]):
            options += ["--keep", str(folder)]
        usable = []
        for place in cgroup.places():
            # One at a time: it may be that a group can be made here and not be entered.
            if not set(self._without) & set(place.controllers):
                with contextlib.suppress(EngineError):
                    self._start(shim, options, [str(shim)], {}, box, [place]).remove()
                    usable.append(place)
        tried = self._start(shim, options, [str(shim)], {}, box, usable)
        tried.remove()
        return Grants(tried.spaces, tried.refused, tried.nofile.hard, tuple(usable))

    def _start(
        self,
        shim: Path,
        options: Sequence[str],
        command: Sequence[str],
        env: Mapping[str, str],
        box: Box,
        places: Iterable[cgroup.Place],
    ) -> ProcessBox:
        """The record is there before the process is: a runner may be killed in between."""
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        path = self._cache / "boxes" / f"{name}.json"
        owner = record.identity(os.getpid())
        try:
            group = cgroup.make(places, name, box.memory, box.pids, box.cpus)
        except OSError as error:
            raise EngineError(f"control group: {error}") from error
        boot, place = record.here()
        groups = tuple(map(str, group.folders))
        entry = record.Record(box.label, boot, place, owner, (), groups)
        entry.write(path)

        status, status_end = os.pipe()
        arguments = [str(shim), "--status", str(status_end), "--runner", str(os.getpid()), *options]
        arguments += [option for folder in groups for option in ("--cgroup", folder)]
        spaces = [name for name in self._without if name not in cgroup.CONTROLLERS]
        arguments += ["--without", ",".join(spaces)] if spaces else []
        try:
            process = subprocess.Popen(
                [*arguments, "--", *command], env=dict(env), cwd="/", pass_fds=[status_end],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                start_new_session=True,  # Ctrl-C is the runner's to answer, not the box's
            )  # fmt: skip
        except OSError as error:
            os.close(status)
            group.remove()
            path.unlink()
            raise EngineError(f"process engine: {error}") from error
        finally:
            os.close(status_end)
        running = ProcessBox(process, status, group, path, reader_for(box.program.role))
        with self._lock:
            self._boxes = [known for known in self._boxes if not known.removed] + [running]
        with contextlib.suppress(EngineError):  # it may have ended already
            replace(entry, processes=tuple(map(record.identity, running.pids))).write(path)
        return running
