"""Client and server on a core each, and what a program cost."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runner.engine.compile import binary
from runner.machine import usable_cpus
from runner.measure import FLEET_PROGRAM
from runner.paths import CACHE

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Done:
    """A client that has ended: what it said, and the CPU seconds it used, all of its life."""

    out: str
    cpu: float


def namespace() -> list[str]:
    """What puts a command into a network namespace of its own; empty where the kernel does not."""
    mine = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    words = ["unshare", *mine, "--net"]
    refused = subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    return [] if refused else words


def missing(*programs: str) -> str | None:
    """What to type where one of these is not there."""
    packages = {"nginx": "nginx-light", "redis-server": "redis-server",
                "redis-benchmark": "redis-tools", "wrk": "wrk"}  # fmt: skip
    absent = [packages.get(each, each) for each in programs if _where(each) is None]
    return f"type: sudo apt-get install {' '.join(absent)}" if absent else None


def _where(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def pinned(which: int, *command: str) -> list[str]:
    """On the first core (0: servers) or on the second (1: clients), where there are two."""
    cores = usable_cpus()
    words = [_where(command[0]) or command[0], *command[1:]]
    return ["taskset", "-c", str(cores[which]), *words] if len(cores) > 1 else words


@contextmanager
def server(
    command: Sequence[str], port: int, env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A server on the first core, from when it accepts; its process id."""
    with subprocess.Popen(
        pinned(0, *command),
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            _await(port, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < patience:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit(f"bench: nothing accepts on port {port}: {process.args!r}")


def free_port() -> int:
    """One that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def client(*command: str) -> Done:
    """A client on the second core, to its end."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            pinned(1, *command), stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode != 0:
        raise SystemExit(f"bench: {command[0]} ends with {process.returncode}: {said[-300:]}")
    return Done(said, usage.ru_utime + usage.ru_stime)


def memory(*command: str) -> int:
    """Bytes that a client has resident after a second; it is then ended."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            statm = Path(f"/proc/{process.pid}/statm").read_text()
            process.terminate()
            return int(statm.split()[1]) * os.sysconf("SC_PAGESIZE")
    raise SystemExit(f"bench: {command[0]} ended before its memory was looked at")


@cache
def fleet_program() -> Path:
    """As the runner compiles it."""
    return binary(FLEET_PROGRAM, None, CACHE)


def fleet(port: int, *words: str) -> tuple[dict[str, Any], Done]:
    """A fleet on the second core: its result, and its cost. Every reply must have been right."""
    connect = ("--connect", f"127.0.0.1:{port}", "--sources", "1")
    done = client(str(fleet_program()), *connect, *words)
    result: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    wrong = {kind: count for kind, count in result["errors"].items() if count}
    if wrong:
        raise SystemExit(f"bench: the fleet met errors: {wrong}")
    return result, done
