"""One box that was launched: its pipes, its accounting, its end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, cast

from runner.engine import accounting
from runner.engine.box import EngineError, Exit, Nofile, Role
from runner.engine.lines import Sink, Tail, pump, reader_for
from runner.engine.process.accounts import Account
from runner.engine.process.cgroup import Group
from runner.records.usage import Usage

_START_SECONDS = 20.0
_END_SECONDS = 5.0
_QUOTA_SECONDS = 60.0
"""Hundreds of processes end slowly where a container has a share of a CPU: no process of a user id
of its own outlives the launcher's one SIGKILL to all of them."""
_WRITE_SECONDS = 5.0
_TEXT_SECONDS = 1.0  # between a program's end and the last byte of its output
_STATUS_MAX = 16 << 10


class Status:
    """The shim's reports: a line when the command has begun, a line when it has ended."""

    def __init__(self) -> None:
        self._text = b""
        self._begun = threading.Event()
        self._ended = threading.Event()

    def feed(self, chunk: bytes) -> None:
        self._text = (self._text + chunk)[:_STATUS_MAX]
        if b"\n" in self._text:
            self._begun.set()

    def close(self) -> None:
        self._begun.set()
        self._ended.set()

    def start(self) -> Mapping[str, Any]:
        """Raises EngineError if the command was never executed."""
        if not self._begun.wait(_START_SECONDS):
            raise EngineError("the process engine's launcher reported no status")
        status = self._line(0)
        if "error" in status:
            raise EngineError(f"the process engine's launcher failed: {status['error']}")
        if "pid" not in status:
            raise EngineError("the process engine's launcher ended before the program began")
        return status

    def end(self, timeout: float) -> Mapping[str, Any] | None:
        """None while it runs; empty if the shim itself was killed."""
        return self._line(1) if self._ended.wait(max(0.0, timeout)) else None

    def _line(self, number: int) -> Mapping[str, Any]:
        lines = self._text.split(b"\n")
        return (
            cast("Mapping[str, Any]", json.loads(lines[number] or b"{}")) if lines[number:] else {}
        )


class ProcessBox:
    """Implements Running. The shim is a child of the runner; its child, the command, is
    measured."""

    def __init__(
        self,
        shim: subprocess.Popen[bytes],
        status_fd: int,
        group: Group,
        forget: Callable[[], None],
        role: Role,
        sinks: tuple[Sink, Sink] | None = None,
    ) -> None:
        """`sinks` receive stdout and stderr if these are not lines and a log."""
        self._shim = shim
        self._group = group
        self._forget = forget
        self.account: Account | None = None
        """Its user id, where it has one in place of namespaces."""
        self._removing = threading.Lock()
        self._removed = False
        self._exit: Exit | None = None
        self._start: Mapping[str, Any] = {}
        self._status, self._lines, self._log = Status(), reader_for(role), Tail()
        out, log = sinks or (self._lines, self._log)
        pump(status_fd, self._status)
        pump(_own(shim.stdout), out)
        pump(_own(shim.stderr), log)
        self._stdin = os.fdopen(_own(shim.stdin), "wb", buffering=0)
        os.set_blocking(self._stdin.fileno(), False)
        try:
            self._start = self._status.start()
        except BaseException:
            self.remove()
            raise

    @property
    def pid(self) -> int:
        """The command's pid on the host."""
        return int(self._start["pid"])

    @property
    def pids(self) -> tuple[int, int]:
        return self._shim.pid, self.pid

    @property
    def removed(self) -> bool:
        return self._removed

    @property
    def nofile(self) -> Nofile:
        return Nofile(*self._start["nofile"])

    @property
    def isolation(self) -> tuple[str, ...]:
        return (*self.spaces, *self._group.controllers)

    @property
    def pinned(self) -> bool:
        return True  # by the launcher, or the command does not start

    @property
    def spaces(self) -> tuple[str, ...]:
        """The namespaces that confine it."""
        return tuple(self._start.get("isolation", ()))

    @property
    def refused(self) -> tuple[str, ...]:
        """The refused namespaces, each with the reason."""
        return tuple(self._start["lacks"])

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of it for the box's memory limit; call it before the
        box is removed."""
        return self._group.out_of_memory()

    def read_line(self, timeout: float) -> str | None:
        return self._lines.read_line(timeout)

    def write_line(self, line: str) -> None:
        if self._removed:
            return
        rest = line.encode() + b"\n"
        room = select.poll()
        room.register(self._stdin, select.POLLOUT)
        deadline = time.monotonic() + _WRITE_SECONDS
        with contextlib.suppress(BrokenPipeError):
            while rest and room.poll(max(0.0, deadline - time.monotonic()) * 1000):
                rest = rest[self._stdin.write(rest) or 0 :]

    def usage(self, *, memory: bool = True) -> Usage:
        if self._status.end(0.0) is not None:
            raise EngineError("the box has ended: its CPU and memory figures are lost")
        return accounting.usage_of(self.pid, memory=memory)

    def exited(self, timeout: float) -> Exit | None:
        end = self._status.end(timeout)
        if end is None:
            return None
        if self._exit is None:
            if "error" in end:  # a held box that was refused what all others are granted
                end = {}
            killer = int(end.get("signal", signal.SIGKILL)) or None
            code = None if killer else int(end["code"])
            oom = killer == signal.SIGKILL and self._group.out_of_memory()
            # The kernel sends a SIGKILL on the command's own behalf (RLIMIT_CPU, seccomp), and its
            # status names no sender. The shim is out of the command's reach in a pid namespace, and
            # where the command has a user id of its own.
            outside = not end and not oom and not {"pid", "account"}.isdisjoint(self.spaces)
            self._exit = Exit(code, killer, oom, outside=outside and not self._removed)
        return self._exit

    def stop(self, grace: float) -> Exit:
        self._tell(signal.SIGTERM)
        self.exited(grace)
        self.remove()
        return self._exit or Exit(None, signal.SIGKILL)

    def remove(self) -> None:
        with self._removing:
            if self._removed:
                return
            self._removed = True
            self._tell(signal.SIGUSR1)
            if self.exited(_END_SECONDS if self.account is None else _QUOTA_SECONDS) is None:
                self._kill_all()
            self._shim.wait()
            self._group.remove()
            self._stdin.close()
            self._forget()

    def stderr(self) -> str:
        return self._log.text(0.0 if self._status.end(0.0) is None else _TEXT_SECONDS)

    def _tell(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._shim.send_signal(number)

    def _kill_all(self) -> None:
        """For a shim that does not answer, perhaps because it was stopped: the runner kills the
        box."""
        for pid in reversed(accounting.descendants(self._shim.pid)):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self._shim.kill()
        self.exited(_END_SECONDS)


def _own(pipe: IO[bytes] | None) -> int:
    """The descriptor alone: Popen would close it while a thread still reads it."""
    assert pipe is not None  # noqa: S101 - all three are pipes
    fd = os.dup(pipe.fileno())
    pipe.close()
    return fd
