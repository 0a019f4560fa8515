"""C to a binary, cached by content: editing a source and running again is all a student does.

The sources are not trusted: flags come from an allow-list, the compiler's text is bounded, and so
is its time.
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
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import BuildError, MissingError, Program, Say
from runner.engine.lines import pump
from runner.engine.sources import Sources, slug, sources_of
from runner.untrusted import clean

TEXT_MAX = 8 << 10
SECONDS_MAX = 120.0
_LIBRARIES = {
    "liburing.h: No such file": "liburing-dev",
    "cannot find -luring": "liburing-dev",
}
"""Signs in the compiler's text that this machine lacks a library which the labs need: then the
sources are not to blame."""
_SHIM = Path(__file__).parent / "shim"


@dataclass(frozen=True, slots=True)
class Compiler:
    """The command and its version: both are part of what a binary depends on."""

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
    what = f"no C compiler: CC={os.environ['CC']} is not to be found" if chosen else "no C compiler"
    raise MissingError(what, "type: sudo apt-get install gcc libc6-dev")


def binary(
    program: Program, labs_root: Path | None, cache: Path, say: Say = lambda _: None
) -> Path:
    """The program compiled, from the cache where nothing that matters has changed. Raises
    BuildError with the compiler's text, and MissingError where there is no compiler."""
    sources = sources_of(program, labs_root)
    compiler = find_compiler()
    target = _target(cache, program.folder.name, content_key(sources, compiler))
    if not target.exists():
        say(f"compiling {program.name}")
        _compile(compiler, sources, target)
    return target


def shim(cache: Path, say: Say = lambda _: None) -> Path:
    """The launcher of the process engine, compiled and cached in the same way."""
    compiler = find_compiler()
    sources = sources_of(Program("fleet", _SHIM, "c"), None)
    target = _target(cache, "shim", content_key(sources, compiler))
    if not target.exists():
        say("compiling the launcher of the process engine")
        _compile(compiler, sources, target)
    return target


def _target(cache: Path, name: str, key: str) -> Path:
    return cache / "bin" / f"{slug(name)}-{key[:24]}"


@functools.lru_cache
def _compiler(command: tuple[str, ...], real: Path, _changed: int) -> Compiler:
    """Its version costs a process, so it is asked once for each compiler (and change of it)."""
    try:
        told = subprocess.run([*command, "--version"], capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(
            f"{real} does not work as a C compiler",
            "unset CC, or type: sudo apt-get install gcc libc6-dev",
        ) from error
    return Compiler(command, clean(told.stdout.partition(b"\n")[0]))


class _Head:
    """The first TEXT_MAX bytes of a stream: with compilers it is the first error that matters."""

    def __init__(self) -> None:
        self.kept = b""
        self.ended = threading.Event()

    def feed(self, chunk: bytes) -> None:
        self.kept += chunk[: TEXT_MAX - len(self.kept)]

    def close(self) -> None:
        self.ended.set()


def _compile(compiler: Compiler, sources: Sources, target: Path) -> None:
    """From a copy of the sources, in a folder of its own, then renamed into place: two that compile
    the same at the same time do not meet, and a target that exists is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compiling-", dir=target.parent) as folder:
        out, copy = Path(folder) / "out", Path(folder) / "src"
        copy.mkdir()
        sources.write(copy)
        code, text = _run([*compiler.command, "-o", str(out), *sources.arguments], copy)
        for sign, package in _LIBRARIES.items():
            if code != 0 and sign in text:
                raise MissingError(package, f"type: sudo apt-get install {package}")
        if code != 0 or not out.exists():
            raise BuildError(sources.explained(text) or f"{compiler.command[0]} exits with {code}")
        out.replace(target)


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    kept = ("PATH", "HOME", "TMPDIR")
    env = {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    head = _Head()
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
        in_time = head.ended.wait(SECONDS_MAX)
    finally:
        # Ended or late or interrupted by Ctrl-C: the compiler's own children end with it.
        if not head.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    if not in_time:
        raise BuildError(f"the compiler took longer than {SECONDS_MAX:g} s")
    return code, head.kept.decode("utf-8", "replace")
