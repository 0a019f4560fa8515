"""One container that was started: its lines, its accounting, its end."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException, Timeout

from runner.engine import accounting
from runner.engine.box import EngineError, Exit, Nofile
from runner.engine.daemon.attach import Attachment
from runner.engine.daemon.connection import asking
from runner.engine.docker.limits import is_filtered, nofile_of
from runner.engine.lines import LineReader, Tail
from runner.records.usage import Usage

KILL_SECONDS = 10.0
WAIT_SECONDS = 2.0
"""Seconds of one wait: podman 4.3 may miss the end, which the next look then finds."""

REMOVE_TRIES = 3
"""podman refuses while it still cleans up after a box that has just ended by itself."""

_ENDED = ("exited", "dead", "stopped")
"""podman reports `stopped` until it has cleaned up, and then `exited`."""

_SIGNALLED = 128
_SIGKILL = 9
_SENT = (_SIGKILL, 15)
"""Signals that another program sends, SIGTERM too; the kernel sends none of them for a fault."""
_SIGNALS = 64
_TOLD_TO_END = (0, 137, 143)
"""Exit codes of a box that got SIGKILL or SIGTERM, which a box may also have by itself."""
_CLOCKS_APART = 60
_EVENT_SECONDS = 0.1
"""The daemon reports a signal after sending it, and the end may be visible before."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Whether the daemon sent the box signals that end it, for this runner or for another
    client."""

    ours: bool = False
    others: bool = False


_NO_SIGNALS = Signals()


class DockerRunning:
    """See `Running` in box.py. Made by DockerEngine.launch only."""

    def __init__(
        self,
        api: APIClient,
        name: str,
        attachment: Attachment,
        streams: tuple[LineReader, Tail],
        nofile: Nofile,
        isolation: tuple[str, ...],
        cpus: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self._api = api
        self._attachment = attachment
        self._stdout, self._stderr = streams
        self._isolation = isolation
        self._exit: Exit | None = None
        self._told = False
        self._since = int(time.time()) - _CLOCKS_APART
        self.removed = False
        with asking("inspecting a box"):
            details = self._api.inspect_container(name)
        self.daemon_pid = int(details["State"]["Pid"] or 0)
        """The id of its first process on the daemon's machine."""
        self._pid, self._started = _local(details["Id"], self.daemon_pid)
        self.pinned = not cpus or "cpuset" in isolation
        if self.pinned and self._pid and not _is_held(self._pid, cpus):
            self.pinned = False
            self._isolation = tuple(name for name in isolation if name != "cpuset")
        if self._pid and not is_filtered(self._pid):
            self._isolation = tuple(name for name in self._isolation if name != "seccomp")
        # The daemon never starts a box with less than was requested, so the request is the answer.
        self._nofile = (nofile_of(self._pid) if self._pid else None) or nofile

    @property
    def nofile(self) -> Nofile:
        return self._nofile

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def isolation(self) -> tuple[str, ...]:
        return self._isolation

    def read_line(self, timeout: float) -> str | None:
        line = self._stdout.read_line(timeout)
        if line is None and not self.removed and self._exit is None:
            # The socket also ends with the daemon, which is no end of the box.
            with asking("reading a box's stdout"):
                self._api.ping()
        return line

    def write_line(self, line: str) -> None:
        self._attachment.write(line.encode() + b"\n")

    def usage(self, *, memory: bool = True) -> Usage:
        if self.removed or self._exit is not None:
            raise EngineError("the box has ended: its CPU and memory figures are lost")
        if not self._pid:
            return self.usage_by_daemon()
        if accounting.start_time(self._pid) != self._started:
            raise EngineError("the box has ended, and another process has its process id")
        return accounting.usage_of(self._pid, memory=memory)

    def exited(self, timeout: float) -> Exit | None:
        deadline = time.monotonic() + timeout
        while self._exit is None:
            state = self._inspect()
            if state["Status"] in _ENDED:
                self._exit = exit_of(state, self._signals(state))
            elif (left := deadline - time.monotonic()) <= 0:
                return None
            else:
                self._wait(min(left, WAIT_SECONDS))
        return self._exit

    def stop(self, grace: float) -> Exit:
        ended = self.exited(0.0)
        if ended is None:
            self._told = True
            self._signal("SIGTERM")
            ended = self.exited(grace)
        if ended is None:
            self._signal("SIGKILL")
            ended = self.exited(KILL_SECONDS)
        if ended is None:
            raise EngineError(f"container {self.name} is still running after SIGKILL")
        self.remove()
        return ended

    def remove(self) -> None:
        if self.removed:
            return
        for _ in range(REMOVE_TRIES):
            try:
                self._api.remove_container(self.name, force=True, v=True)
            except APIError as error:
                if "in progress" in str(error):  # requested before, by a call that was interrupted
                    self._await_removal()
                    break
                continue
            except (DockerException, RequestException, OSError):
                pass
            break
        self.removed = True
        self._exit = self._exit or Exit(None, _SIGKILL)
        self._attachment.close()

    def _await_removal(self) -> None:
        seconds: Any = KILL_SECONDS  # typed as whole ones
        with suppress(DockerException, RequestException, OSError):
            self._api.wait(self.name, timeout=seconds, condition="removed")

    def stderr(self) -> str:
        # After its end the last output is under way, or here.
        return self._stderr.text(1.0 if self._exit is not None else 0.0)

    def _inspect(self) -> Mapping[str, Any]:
        with asking("inspecting a box"):
            state: Mapping[str, Any] = self._api.inspect_container(self.name)["State"]
        return state

    def _wait(self, timeout: float) -> None:
        """Waits for its end, or until the time-out; `exited` finds out which."""
        try:
            self._api.wait(self.name, timeout=timeout)  # type: ignore[arg-type] # seconds, any
        except Timeout:
            pass
        except RequestException as error:
            # The SDK passes a time-out within an answer through as another exception of urllib3.
            if "timed out" not in str(error):
                with asking("waiting for a box"):
                    raise
        except DockerException:
            with asking("waiting for a box"):
                raise

    def _signals(self, state: Mapping[str, Any]) -> Signals:
        """Which signals the daemon sent to the box. Requested only if they distinguish two kinds of
        end: a SIGKILL that did not come from the daemon leaves no trace there."""
        if self._told or int(state["ExitCode"]) not in _TOLD_TO_END or state.get("OOMKilled"):
            return Signals(ours=self._told)
        filters = {"container": self.name, "event": "kill", "type": "container"}
        until: Any = f"{time.time() + _EVENT_SECONDS:.3f}"  # the API takes fractions of a second
        try:
            with closing(self._api.events(self._since, until, filters, decode=True)) as events:
                return Signals(others=any(True for _ in events))
        except (DockerException, RequestException, OSError, ValueError):
            return Signals()

    def _signal(self, name: str) -> None:
        """A box that has just ended cannot be signalled, and need not be: `exited` shows its
        end."""
        try:
            with asking(f"sending {name}"):
                self._api.kill(self.name, name)
        except EngineError:
            if self.exited(0.0) is None:
                raise

    def usage_by_daemon(self) -> Usage:
        """The daemon's accounting of a box on another machine: no context switches, and resident
        memory by the control group."""
        with asking("reading a box's accounting"):
            stats = self._api.stats(self.name, stream=False, one_shot=True)
        cpu = stats.get("cpu_stats", {}).get("cpu_usage", {})
        memory = stats.get("memory_stats", {})
        if not memory.get("usage"):
            raise EngineError("the box has ended: its CPU and memory figures are lost")
        files = memory.get("stats", {})
        cache = int(files.get("total_inactive_file", files.get("inactive_file", 0)))
        tasks = int(stats.get("pids_stats", {}).get("current") or 0)
        return Usage(
            at_ns=time.monotonic_ns(),
            cpu_ns=int(cpu.get("total_usage", 0)),
            user_ns=int(cpu.get("usage_in_usermode", 0)),
            system_ns=int(cpu.get("usage_in_kernelmode", 0)),
            rss_bytes=int(memory["usage"]) - cache,
            processes=1,
            threads=tasks,
            voluntary_switches=0,
            involuntary_switches=0,
        )


def _local(container: str, pid: int) -> tuple[int, int]:
    """The id and start time of a container's first process on this machine; zeros if it has ended,
    or if the daemon is elsewhere and the id means another process here."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8", errors="replace")
        return (pid, accounting.start_time(pid)) if container in groups else (0, 0)
    except (OSError, EngineError):
        return 0, 0


def _is_held(pid: int, cpus: tuple[int, ...]) -> bool:
    """Whether the kernel pins it there: some daemons silently ignore what they cannot do."""
    try:
        return not cpus or os.sched_getaffinity(pid) <= set(cpus)
    except OSError:
        return True  # it has ended already


def exit_of(state: Mapping[str, Any], signals: Signals = _NO_SIGNALS) -> Exit:
    """The runtime reports 128 + n for signal n, as a shell does. A program that calls exit(128 + n)
    looks the same, so 137 is a SIGKILL and 143 a SIGTERM only if the daemon sent signals: the
    kernel drops both for the first process of a box if they come from inside."""
    code = int(state["ExitCode"])
    oom = bool(state.get("OOMKilled"))
    number = code - _SIGNALLED
    sent = signals.ours or signals.others
    if 0 < number <= _SIGNALS and (number not in _SENT or oom or sent):
        return Exit(None, number, oom, outside=signals.others)
    return Exit(code, None, oom, outside=signals.others)
