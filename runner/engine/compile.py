"""C to a binary, cached by content: a student only edits a source and runs again.

The sources are not trusted: flags come from an allow-list, and an engine runs the compiler in its
own box. The compiler cannot read a file of the user there, nor quote one in an error.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.engine.bounds import SECONDS, TEXT_BYTES_MAX
from runner.engine.box import OWN_ROLES, BuildError, MissingError, Program, Say
from runner.engine.lines import Head, pump
from runner.engine.scratch import scratch
from runner.engine.sources import Sources, slug, sources_of
from runner.paths import AS_USER, SHIM
from runner.untrusted import clean

_LIBRARIES = {
    "liburing.h: No such file": "liburing-dev",
    "cannot find -luring": "liburing-dev",
}
"""Signs in the compiler's output that this machine lacks a library which the labs need: then the
sources are not at fault."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """The command and its version: a binary depends on both."""

    command: tuple[str, ...]
    version: str


def content_key(sources: Sources, compiler: Compiler) -> str:
    """Names the binary: the same key means the same bytes of source, flags and compiler."""
    made_by = "\0".join([*compiler.command, compiler.version])
    return hashlib.sha256(f"{sources.key}\0{made_by}".encode()).hexdigest()


def find_compiler() -> Compiler:
    """$CC, else cc, gcc or clang. Raises MissingError."""
    chosen = shlex.split(os.environ.get("CC", ""))
    for command in [chosen] if chosen else [["cc"], ["gcc"], ["clang"]]:
        path = shutil.which(command[0])
        if path is not None:
            real = Path(path).resolve()
            return _compiler((path, *command[1:]), real, real.stat().st_mtime_ns)
    what = f"no C compiler: CC={os.environ['CC']} is not found" if chosen else "no C compiler"
    raise MissingError(what, "type: sudo apt-get install gcc libc6-dev")


@dataclass(frozen=True, slots=True)
class Made:
    """The result of compiling: the program, None without one, and the compiler's output."""

    program: bytes | None
    text: str


Confined = Callable[[Compiler, Sources, Path], Made]
"""Compiles within bounds, in a folder that it has for itself. Raises BuildError if a bound was
exceeded."""


def binary(
    program: Program,
    labs_root: Path | None,
    cache: Path,
    say: Say = lambda _: None,
    confined: Confined | None = None,
) -> Path:
    """The compiled program, from the cache if nothing it depends on has changed. Raises BuildError
    with the compiler's output, and MissingError without a compiler. Sources that are not the
    project's own are compiled `confined`."""
    sources = sources_of(program, labs_root)
    compiler = find_compiler()
    target = _target(cache, program.folder.name, content_key(sources, compiler))
    if not target.exists():
        say(f"compiling {program.name}")
        how = directly if confined is None or program.role in OWN_ROLES else confined
        _compile(compiler, sources, target, how)
    return target


def shim(cache: Path, say: Say = lambda _: None) -> Path:
    """The launcher of the process engine, compiled and cached in the same way."""
    return _own(SHIM, (), "the launcher of the process engine", cache, say)


def as_user(cache: Path, say: Say = lambda _: None) -> Path:
    """The library that the tracer loads where it may not look at another user's processes."""
    return _own(AS_USER, ("-shared", "-fPIC"), "the tracer's library", cache, say)


def _own(folder: Path, flags: tuple[str, ...], what: str, cache: Path, say: Say) -> Path:
    compiler, plain = find_compiler(), sources_of(Program("fleet", folder, "c"), None)
    sources = replace(plain, flags=(*plain.flags, *flags))
    target = _target(cache, folder.name, content_key(sources, compiler))
    if not target.exists():
        say(f"compiling {what}")
        _compile(compiler, sources, target, directly)
    return target


def _target(cache: Path, name: str, key: str) -> Path:
    return cache / "bin" / f"{slug(name)}-{key[:24]}"


@functools.lru_cache
def _compiler(command: tuple[str, ...], real: Path, _changed: int) -> Compiler:
    """Its version costs a process, so it is read once for each compiler (and change of it)."""
    try:
        printed = subprocess.run(
            [*command, "--version"], capture_output=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(
            f"{real} does not work as a C compiler",
            "unset CC, or type: sudo apt-get install gcc libc6-dev",
        ) from error
    return Compiler(command, clean(printed.stdout.partition(b"\n")[0]))


def _compile(compiler: Compiler, sources: Sources, target: Path, confined: Confined) -> None:
    """Renamed into place: two runners can compile the same program at the same time, and a target
    that exists is complete."""
    with scratch(target.parent) as folder:
        made = confined(compiler, sources, folder)
        if made.program is None:
            for sign, package in _LIBRARIES.items():
                if sign in made.text:
                    raise MissingError(package, f"type: sudo apt-get install {package}")
            raise BuildError(
                sources.explained(made.text) or f"{compiler.command[0]} printed no message"
            )
        out = folder / "program"
        out.write_bytes(made.program)
        out.chmod(0o755)  # whatever our umask: a box is another user
        out.replace(target)


def directly(compiler: Compiler, sources: Sources, folder: Path) -> Made:
    """Without a box: for the project's own sources."""
    out, copy = folder / "out", folder / "src"
    copy.mkdir()
    sources.write(copy)
    code, text = _run([*compiler.command, "-o", str(out), *sources.arguments], copy)
    return Made(out.read_bytes() if code == 0 and out.exists() else None, text)


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    kept = ("PATH", "HOME", "TMPDIR")
    env = {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    head = Head(TEXT_BYTES_MAX)
    read, write = os.pipe()
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=write, stderr=write, env=env,
            cwd=folder, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        os.close(read)
        raise BuildError(f"{command[0]}: {error.strerror}") from error
    finally:
        os.close(write)
    pump(read, head)
    try:
        in_time = head.ended.wait(SECONDS)
    finally:
        # Whether it ended, was late, or was interrupted: the compiler's children end with it.
        if not head.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    if not in_time:
        raise BuildError(f"the compiler took longer than {SECONDS:g} s")
    return code, head.kept.decode("utf-8", "replace")
