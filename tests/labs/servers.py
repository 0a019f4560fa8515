"""Start a lab's server and look at it from outside: its lines, its clocks, its memory.

`Server` knows a host, a port, a pid and a stream of lines, and no engine: whatever can
start a lab and give these four can run the conformance suite.
"""

import functools
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from .capabilities import LABS, Variant

DEADLINE = 20.0
"""Seconds after which something that must happen is taken never to happen."""


def wait_until(condition: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
    """Ask until it is true. The pause only spares the processor; no result depends on it."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {deadline:g} s"
        select.select([], [], [], 0.002)


@dataclass(slots=True)
class Lines:
    """Lines from a pipe, each awaited with a deadline."""

    pipe: IO[bytes]
    seen: list[str] = field(default_factory=list)
    rest: bytes = b""
    ended: bool = False

    def read(self, deadline: float) -> bool:
        """Take what is there, waiting for the first of it. False: nothing came."""
        readable, _, _ = select.select([self.pipe], [], [], deadline)
        if self.ended or not readable:
            return False
        data = os.read(self.pipe.fileno(), 65536)
        self.ended = not data
        *whole, self.rest = (self.rest + data).split(b"\n")
        self.seen += [line.decode() for line in whole]
        return True

    def now(self) -> list[str]:
        """All lines so far."""
        while not self.ended and self.read(0):
            pass
        return self.seen

    def wait_for(self, count: int, deadline: float = DEADLINE) -> list[str]:
        """All lines so far, once there are so many."""
        end = time.monotonic() + deadline
        while len(self.seen) < count and self.read(max(0.0, end - time.monotonic())):
            pass
        assert len(self.seen) >= count, f"{len(self.seen)} of {count} lines: {self.seen}"
        return self.seen


@dataclass(slots=True)
class Server:
    """A running lab."""

    host: str
    port: int
    pid: int
    lines: Lines
    exit_status: Callable[[float], int]
    """Waits for the end, at most so many seconds."""

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(DEADLINE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect((self.host, self.port))
        return client

    def kill(self, number: int) -> None:
        os.kill(self.pid, number)

    def ends_at_once(self, number: int) -> bool:
        """Within a second, with status 0. On a machine so busy that even a process without a
        handler takes long to die, the server may take ten times as long as that one.
        """
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
            begin = time.monotonic()
            other.kill()
            other.wait()
        grace = 1 + 10 * (time.monotonic() - begin)
        begin = time.monotonic()
        self.kill(number)
        return self.exit_status(DEADLINE) == 0 and time.monotonic() - begin < grace

    def cpu_seconds(self) -> float:
        """The process's own CPU clock: clock_getcpuclockid(3) without the call."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def cpu_share(self, window: float = 0.2) -> float:
        """CPU time over wall time while nobody sends anything. A loop that spins has about 1."""
        cpu, wall = self.cpu_seconds(), time.monotonic()
        select.select([], [], [], window)
        return (self.cpu_seconds() - cpu) / (time.monotonic() - wall)

    def resident(self) -> int:
        """User memory, exactly: VmRSS of /proc/PID/status is kept in batches, smaps is counted."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return sum(1024 * int(n) for n in re.findall(r"^Anonymous: +(\d+) kB$", text, re.MULTILINE))

    def descriptors(self) -> list[int]:
        return sorted(int(entry.name) for entry in Path(f"/proc/{self.pid}/fd").iterdir())

    def queues(self, client: socket.socket) -> tuple[int, int]:
        """Bytes in the server's kernel: still to be sent to this client, still to be read."""
        pair = f":{self.port:04X} ", f":{client.getsockname()[1]:04X} "
        for row in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, _, sizes, *_ = row.split()
            if (local + " ").endswith(pair[0]) and (remote + " ").endswith(pair[1]):
                to_send, to_read = sizes.split(":")
                return int(to_send, 16), int(to_read, 16)
        return 0, 0


def command(variant: Variant, binary: Callable[[Variant], Path]) -> list[str]:
    if variant.source.suffix == ".py":
        return [sys.executable, str(variant.source)]
    return [str(binary(variant))]


@functools.cache
def missing(argv: tuple[str, ...]) -> str:
    """The line that a server says when this machine lacks what it needs; or nothing."""
    env = {"PATH": os.environ["PATH"], "PORT": "0"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        if not line.startswith("MISSING "):
            process.terminate()
    return line if process.returncode == 77 else ""


def build(variant: Variant, folder: Path) -> Path:
    """As the runner does: the flags are on the Build: line of the banner."""
    found = re.search(r"^\s*\*?\s*Build:\s*(.*)$", variant.source.read_text(), re.MULTILINE)
    assert found, f"{variant.source}: no Build: line"
    output = folder / str(variant)
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    flags = [*found[1].split(), *variant.build.flags, *strict]
    source = [str(variant.source), str(LABS / "lab.c")]
    compiler = ["cc", "-std=gnu11", *flags, "-I", str(LABS), *source, "-o", str(output)]
    done = subprocess.run(compiler, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


@dataclass(slots=True)
class ProcessEngine:
    """A child process: the engine that needs nothing installed."""

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
        """prlimit and unshare become the server by exec: no code of ours runs after fork."""
        argv = command(variant, self.binary)
        if line := missing(tuple(argv)):
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
                # THREADS: the same number on every machine (only epoll_threads reads it).
                env={"PATH": os.environ["PATH"], "PORT": "0", "THREADS": "2", **(env or {})},
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
        lines = Lines(process.stdout)
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
        """End every server and yield what it did wrong in its life, whatever the test was about."""
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
            if error := log.read_text():
                yield f"stderr: {error}"
            ready, *others = server.lines.now()
            for line in others:
                if not re.fullmatch(r"REFUSED limit=\w+ fd=\d+", line):
                    yield f"stdout: {line!r} after {ready!r}"
            if server.lines.rest:
                yield f"stdout: no newline after {server.lines.rest!r}"
            server.lines.pipe.close()


def raise_nofile() -> int:
    """This process needs a descriptor for each client: take all that the machine grants."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
