"""Start a lab's server as a process, compiled as the runner compiles it."""

import functools
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from tests.compiled_once import compiled_once

from .capabilities import LABS, MODELS, Variant
from .servers import DEADLINE, Lines, PipeLines, Server, children

SETTINGS = {"THREADS": "2", "WORKERS": "1"}
"""The same numbers on every machine. Only epoll_threads, prefork and prethread read them;
with one worker prefork and prethread equal `blocking`.
"""


class Engine(Protocol):
    """Anything that can start a lab: the conformance suite runs on it."""

    def launch(
        self,
        variant: Variant,
        *,
        nofile: str | None = None,
        limits: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        pid_one: bool = False,
    ) -> Server:
        """Returns after READY. `nofile` is soft:hard, `limits` are options of prlimit."""


def command(variant: Variant, binary: Callable[[Variant], Path]) -> list[str]:
    if variant.source.suffix == ".py":
        return [sys.executable, str(variant.source)]
    return [str(binary(variant))]


@functools.cache
def may_be_missing(folder: Path) -> bool:
    """Whether its servers say so: then one is started to hear it, before the first test."""
    return any("MISSING " in path.read_text() for path in folder.glob("*.[chp]*"))


@functools.cache
def missing(argv: tuple[str, ...]) -> str:
    """The MISSING line of a server if this machine lacks what it needs, or an empty string."""
    env = {"PATH": os.environ["PATH"], "PORT": "0"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        if not line.startswith("MISSING "):
            process.terminate()
    return line if process.returncode == 77 else ""


def build(variant: Variant, output: Path) -> Path:
    """Compile as the runner does: all sources of the folder, with the flags of the Build: line."""
    build_line = re.search(r"^\s*\*?\s*Build:\s*(.*)$", variant.source.read_text(), re.MULTILINE)
    assert build_line, f"{variant.source}: no Build: line"
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    flags = [*build_line[1].split(), *variant.build.flags, *strict]
    libraries = [flag for flag in flags if flag.startswith("-l")]
    others = [flag for flag in flags if flag not in libraries]
    source = [*sorted(map(str, variant.source.parent.glob("*.c"))), str(LABS / "lab.c")]
    compiler = ["cc", "-std=gnu11", *others, "-I", str(LABS), *source, "-o", str(output)]
    done = subprocess.run([*compiler, *libraries], capture_output=True, text=True, check=False)
    if "liburing.h: No such file" in done.stderr:
        pytest.skip("liburing-dev; type: sudo apt-get install liburing-dev")
    assert done.returncode == 0, done.stderr
    return output


def binaries(factory: pytest.TempPathFactory) -> Callable[[Variant], Path]:
    """A function from a server in C to its binary, which is built once in a session."""

    @functools.cache
    def built(variant: Variant) -> Path:
        return compiled_once(factory, str(variant), functools.partial(build, variant))

    return built


@dataclass(slots=True)
class ProcessEngine:
    """Runs servers as child processes: the engine that needs no installation."""

    binary: Callable[[Variant], Path]
    folder: Path
    started: list[tuple[subprocess.Popen[bytes], Server, Path]] = field(default_factory=list)

    def popen(
        self,
        variant: Variant,
        *,
        env: dict[str, str] | None = None,
        limits: tuple[str, ...] = (),
        pid_one: bool = False,
    ) -> tuple[subprocess.Popen[bytes], Path]:
        """prlimit and unshare become the server by exec, so no code of this process runs after
        fork.
        """
        argv = command(variant, self.binary)
        if may_be_missing(variant.source.parent) and (line := missing(tuple(argv))):
            pytest.skip(line)
        if limits:
            argv = ["prlimit", *limits, "--", *argv]
        if pid_one:
            user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
            argv = ["unshare", *user, "--pid", "--fork", "--kill-child", "--", *argv]
        log = self.folder / f"stderr-{len(list(self.folder.iterdir()))}"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                argv,
                env={"PATH": os.environ["PATH"], "PORT": "0", **SETTINGS, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        return process, log

    def launch(
        self,
        variant: Variant,
        *,
        nofile: str | None = None,
        limits: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        pid_one: bool = False,
    ) -> Server:
        if nofile is not None:
            limits = (*limits, f"--nofile={nofile}")
        process, log = self.popen(variant, env=env, limits=limits, pid_one=pid_one)
        assert process.stdout is not None
        lines = PipeLines(pipe=process.stdout)
        pid = process.pid

        def exit_status(deadline: float) -> int:
            return process.wait(deadline)

        server = Server("127.0.0.1", 0, pid, lines, exit_status)
        self.started.append((process, server, log))
        try:
            first = lines.wait_for(1)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}; stderr: {log.read_text()}") from None
        ready = re.fullmatch(r"READY port=(\d+) model=(\w+)", first)
        assert ready, first
        server.port = int(ready[1])
        if pid_one:
            [server.pid] = children(pid)
        return server

    def close(self) -> Iterator[str]:
        """End every server and yield each breach of the contract during its life."""
        for process, server, log in self.started:
            try:
                if process.poll() is None:
                    server.kill(signal.SIGTERM)
                    server.kill(signal.SIGCONT)
                status = process.wait(DEADLINE)
                if status != 0:
                    yield f"exit status {status}"
            except subprocess.TimeoutExpired:
                yield "SIGTERM did not end it"
                process.kill()
                process.wait()
            yield from breaches(server.lines, log.read_text())
            server.lines.close()


def breaches(lines: Lines, log: str) -> Iterator[str]:
    """Yield the output of a server that is not in the contract."""
    ready, *later = lines.now()
    model = MODELS.get(ready.rpartition("=")[2])
    if not re.fullmatch(model.log if model else "", log):
        yield f"stderr: {log}"
    for line in later:
        if not re.fullmatch(r"REFUSED limit=\w+ fd=\d+", line):
            yield f"stdout: {line!r} after {ready!r}"
    if lines.rest:
        yield f"stdout: no newline after {lines.rest!r}"


def raise_nofile() -> int:
    """This process needs a descriptor for each client: raise the limit to the maximum."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
