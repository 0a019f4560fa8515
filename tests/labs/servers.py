"""Observe a lab's server from outside: its lines, its CPU time, its memory.

`Server` needs a host, a port, a pid and a stream of lines, and no certain engine: any program
that can start a lab and provide these can run the conformance suite.
"""

import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

DEADLINE = 20.0
"""Seconds after which a test gives up waiting for an event."""


def wait_until(condition: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
    """Check until the condition is true. The pause only saves CPU time; no result depends on
    it.
    """
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {deadline:g} s"
        select.select([], [], [], 0.002)


@dataclass(slots=True)
class Lines(ABC):
    """The lines that a server prints, each awaited with a deadline."""

    seen: list[str] = field(default_factory=list)
    rest: bytes = b""
    ended: bool = False

    @abstractmethod
    def read(self, deadline: float) -> bool:
        """Read the available bytes, waiting for the first. False: no byte came."""

    @abstractmethod
    def close(self) -> None:
        """End reading."""

    def now(self) -> list[str]:
        """Return all lines so far."""
        while not self.ended and self.read(0):
            pass
        return self.seen

    def wait_for(self, count: int, deadline: float = DEADLINE) -> list[str]:
        """Return all lines so far when there are at least `count`."""
        end = time.monotonic() + deadline
        while len(self.seen) < count and self.read(max(0.0, end - time.monotonic())):
            pass
        assert len(self.seen) >= count, f"{len(self.seen)} of {count} lines: {self.seen}"
        return self.seen


@dataclass(slots=True, kw_only=True)
class PipeLines(Lines):
    """Lines from the pipe of a child process."""

    pipe: IO[bytes]

    def read(self, deadline: float) -> bool:
        poller = select.poll()  # select cannot watch descriptors of 1024 and above
        poller.register(self.pipe, select.POLLIN)
        if self.ended or not poller.poll(deadline * 1000):
            return False
        data = os.read(self.pipe.fileno(), 65536)
        self.ended = not data
        *whole, self.rest = (self.rest + data).split(b"\n")
        self.seen += [line.decode() for line in whole]
        return True

    def close(self) -> None:
        self.pipe.close()


@dataclass(slots=True)
class Server:
    """A running lab."""

    host: str
    port: int
    pid: int
    lines: Lines
    exit_status: Callable[[float], int]
    """Waits for the end of the server, at most this many seconds."""
    new_socket: Callable[[], socket.socket] = socket.socket
    """Makes a socket that can reach the server."""

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        client = self.new_socket()
        client.settimeout(DEADLINE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect((self.host, self.port))
        return client

    def kill(self, number: int) -> None:
        os.kill(self.pid, number)

    def ends_at_once(self, number: int) -> bool:
        """Return whether it ends within a second with status 0. On a busy machine even a
        process without a handler takes long to die; then the server may take ten times as long
        as that process.
        """
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
            begin = time.monotonic()
            other.kill()
            other.wait()
        grace = 1 + 10 * (time.monotonic() - begin)
        pidfd = os.pidfd_open(self.pid)
        try:
            poller = select.poll()
            poller.register(pidfd, select.POLLIN)
            begin = time.monotonic()
            self.kill(number)
            in_time = bool(poller.poll(DEADLINE * 1000)) and time.monotonic() - begin < grace
        finally:
            os.close(pidfd)
        return in_time and self.exit_status(DEADLINE) == 0

    def cpu_seconds(self) -> float:
        """The CPU clock of the process: clock_getcpuclockid(3) without the call."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def rests(self, windows: int = 20) -> bool:
        """Return whether there is a moment in which it neither runs nor waits for a CPU. A
        spinning loop has no such moment, however many other processes use the CPU. A loop that
        sleeps may have to finish its work first.
        """
        for _ in range(windows):
            before, began = self._runnable_ns(), time.monotonic_ns()
            select.select([], [], [], 0.1)
            if self._runnable_ns() - before < (time.monotonic_ns() - began) / 4:
                return True
        return False

    def _runnable_ns(self) -> int:
        """Time on a CPU and in a run queue, of all its threads and children: schedstat of
        proc(5). The time of a thread that has ended is missing.
        """
        total = 0
        for pid in (self.pid, *children(self.pid)):
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with suppress(FileNotFoundError, ProcessLookupError):
                    on_cpu, in_queue, _slices = path.read_text().split()
                    total += int(on_cpu) + int(in_queue)
        return total

    def resident(self) -> int:
        """User memory, exact: VmRSS of /proc/PID/status is updated in batches, smaps is
        counted.
        """
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return sum(1024 * int(n) for n in re.findall(r"^Anonymous: +(\d+) kB$", text, re.MULTILINE))

    def descriptors(self) -> list[int]:
        return sorted(int(entry.name) for entry in Path(f"/proc/{self.pid}/fd").iterdir())

    def queues(self, client: socket.socket) -> tuple[int, int]:
        """Bytes in the server's socket: not sent to this client yet, not read by the server
        yet.
        """
        pair = f":{self.port:04X} ", f":{client.getsockname()[1]:04X} "
        for row in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, _, sizes, *_ = row.split()
            if (local + " ").endswith(pair[0]) and (remote + " ").endswith(pair[1]):
                to_send, to_read = sizes.split(":")
                return int(to_send, 16), int(to_read, 16)
        return 0, 0


def send_foreign(server: Server) -> None:
    """Queue real-time signals as another process of the same user can: with a number that means
    nothing to the server, and without one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for number in (-1, 3, 1 << 20, 0x7FFF_FFFF):
        queued = libc.sigqueue(server.pid, signal.SIGRTMIN, ctypes.c_void_p(number))
        assert queued == 0, os.strerror(ctypes.get_errno())
    server.kill(signal.SIGRTMIN)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def exists(pid: int) -> bool:
    """A zombie counts as ended: it only waits for waitpid."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def signals_queued() -> int:
    """The signals queued by all processes of this user, which share the limit: SigQ of proc(5)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("SigQ:")[2].split("/")[0])


def states(server: Server) -> list[str]:
    """The states of its threads as in proc(5): S sleeps, T is stopped, R runs."""
    stats = [path.read_text() for path in Path("/proc").glob(f"{server.pid}/task/*/stat")]
    return [stat.rpartition(")")[2].split()[0] for stat in stats]


def wait_until_stopped(server: Server) -> None:
    """A signal stops the threads of a process one after another."""
    wait_until(lambda: set(states(server)) == {"T"}, "the server stops")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
