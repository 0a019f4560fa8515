"""Compiles in a box, as an image's program is compiled in a container.

Untrusted sources see the system's headers and themselves there, no network and no file of the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine.bounds import (
    MEMORY,
    NOFILE,
    PIDS,
    PROGRAM_BYTES_MAX,
    SECONDS,
    TEXT_BYTES_MAX,
    TMP_BYTES,
    TOO_LARGE,
    TOO_MUCH_MEMORY,
    met,
    too_slow,
)
from runner.engine.box import Box, BuildError, Nofile
from runner.engine.compile import Compiler, Made
from runner.engine.lines import Head
from runner.engine.process.accounts import Account
from runner.engine.process.apart import Apart
from runner.engine.process.copies import written
from runner.engine.process.grants import Grants
from runner.engine.process.launcher import Launcher
from runner.engine.process.visible import installation
from runner.engine.sources import Sources

_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
_SCRIPT = 'cd "$1" && out=$2 && shift 2 && "$@" -o "$out" < /dev/null >&2 && cat "$out"'
_TEXT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """Implements compile.Confined."""

    launcher: Launcher
    grants: Grants
    apart: Apart | None

    def __call__(self, compiler: Compiler, sources: Sources, folder: Path) -> Made:
        if self.apart is None:
            return self._made(compiler, sources, folder, None, [])
        box = _box(sources)
        with self.apart.account() as account:
            options = self.apart.options(account, box)
            return self._made(compiler, sources, account.folder, account, options)

    def _made(
        self,
        compiler: Compiler,
        sources: Sources,
        folder: Path,
        account: Account | None,
        more: Sequence[str],
    ) -> Made:
        copy = written(sources, folder / "src")
        name, box = sources.program.name, _box(sources)
        options = [*self.grants.options(box), *more]
        options += ["--output", str(PROGRAM_BYTES_MAX), "--tmp", str(TMP_BYTES)]
        if "memory" not in self.grants.controllers:
            options += ["--memory", str(MEMORY)]  # instead of the memory for a server's threads
        own = folder if account is None else account.tmp
        where, out = str(copy), str(own / "out")
        env = _ENV | {"TMPDIR": str(own)}
        if account is not None:
            for path in installation(Path(compiler.command[0])):
                options += ["--see", str(path)]
        if self.grants.confines_files:
            options += ["--see", where, "--at", "/labs"]
            for path in installation(Path(compiler.command[0])):
                options += ["--see", str(path)]
            where, out = "/labs", "/tmp/program"  # noqa: S108 - the box's own
            env = _ENV | {"TMPDIR": "/tmp"}  # noqa: S108
        words = ["/bin/sh", "-c", _SCRIPT, "sh", where, out, *compiler.command, *sources.arguments]
        program, text = Head(PROGRAM_BYTES_MAX + 1), Head(TEXT_BYTES_MAX)
        running = self.launcher.start(
            box, options, words, env, self.grants.cgroups, (program, text), account
        )
        try:
            ended = running.exited(SECONDS)
            starved = running.out_of_memory
        finally:
            running.remove()
        if ended is None:
            raise BuildError(f"{name}: {too_slow(SECONDS)}")
        text.ended.wait(_TEXT_SECONDS)
        program.ended.wait(_TEXT_SECONDS)
        if len(program.kept) > PROGRAM_BYTES_MAX:
            raise BuildError(f"{name}: {TOO_LARGE}")
        output = text.kept.decode("utf-8", "replace")
        bound = TOO_MUCH_MEMORY if starved else met(output)
        if bound is not None and ended.code != 0:
            raise BuildError(f"{name}: {bound}")
        return Made(bytes(program.kept) if ended.code == 0 else None, output)


def _box(sources: Sources) -> Box:
    return Box(
        program=sources.program, args=(), env={}, nofile=Nofile(NOFILE, NOFILE),
        memory=MEMORY, pids=PIDS, cpus=(), label=f"compiling {sources.program.name}",
    )  # fmt: skip
