"""The kernel's accounting of a tree of processes, read from outside through /proc.

What each figure consists of, and what the kernel does not show:

cpu_ns        each living process's CPU clock (clock_getcpuclockid(3): exact, ended threads
              included) plus reaped children (/proc/PID/stat, in ticks). The CPU time of children
              that were never reaped (SIGCHLD ignored, see forgets_children) is lost.
user, system  /proc/PID/stat, ticks of usually 10 ms, waited-for children included.
rss_bytes     Pss_Anon + Pss_Shmem of smaps_rollup: a page shared after fork(2) counts once in the
              whole tree, and pages of files (libc, the interpreter's text) not at all, since
              their share depends on what else the machine runs. Without smaps_rollup (kernel
              before 5.3, or no permission) resident minus shared of statm, which counts pages
              shared after fork once for each process.
switches      living threads only: a thread that ends takes its counts with it.
descriptors   open descriptors of the process that has most: the size of /proc/PID/fd (since Linux
              6.2), else its entries, 0 without permission. Counted together with the memory. The
              size of the table (FDSize) is no count: one dup2 to a high number enlarges it.
wait_ns       /proc/PID/schedstat, of each process's first thread only: 10,000 threads would be
              10,000 files. 0 where the kernel does not keep it.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from runner.engine.as_owner import as_owner
from runner.engine.box import CrowdError, EngineError
from runner.records.usage import Usage

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CPUCLOCK_SCHED = 2  # <linux/posix-timers.h>: the scheduler's exact clock of a whole process
_MEMORY_NS = 10_000_000_000
"""For one sample; ten thousand processes take a few seconds."""
_GONE = (FileNotFoundError, ProcessLookupError)

_TABLES = 64
"""Threads of a process whose tables of descriptors are looked at."""


@dataclass(frozen=True, slots=True)
class _Stat:
    """The fields of /proc/PID/stat that are used, proc(5)."""

    state: str
    user_ns: int
    system_ns: int
    reaped_ns: int
    threads: int
    start: int

    @property
    def gone(self) -> bool:
        """A zombie holds a pid and nothing else, unless only its first thread has ended."""
        return self.state in "ZX" and self.threads <= 1


@dataclass(frozen=True, slots=True)
class _Threads:
    children: tuple[int, ...]
    voluntary: int
    involuntary: int


def usage_of(pid: int, *, memory: bool = True) -> Usage:
    """One sample of the process and all its descendants. Raises EngineError if it has ended,
    CrowdError.

    Without `memory` rss_bytes is 0: for it the kernel reads every page table, which takes a tenth
    of a second for 551 interpreters, on the CPUs that are being measured. Processes that do nothing
    but fork hold the lock on their memory while they wait for a CPU, each for seconds: so there is
    a limit, after which this raises CrowdError.

    Parents are read before their children: a child that ends in between is missing from this
    sample, and is in the next one, through its parent, if it was reaped.
    """
    with as_owner(pid):
        return _usage(pid, memory=memory)


def _usage(pid: int, *, memory: bool) -> Usage:
    cpu = user = system = rss = processes = threads = voluntary = involuntary = waited = most = 0
    at = time.monotonic_ns()
    waiting = [pid]
    while waiting:
        if memory and time.monotonic_ns() - at > _MEMORY_NS:
            raise CrowdError(
                f"the memory of {processes} of the server's processes was read in "
                f"{_MEMORY_NS // 1_000_000_000} s, and that of the others was not: they start "
                "processes faster than they get a CPU"
            )
        member = waiting.pop()
        try:
            stat = _stat(member)
            if stat.gone:
                raise ProcessLookupError(member)
            clock = _cpu_clock_ns(member)
            shows = _shows_memory(member, stat) if memory else ""
            resident = _resident_bytes(shows) if memory else 0
            opened = _open_descriptors(shows) if memory else 0
            tasks = _threads(member)
            wait = _wait_ns(member)
        except OSError as error:
            if member == pid:
                raise EngineError(
                    f"process {pid} has ended: its CPU and memory figures are lost"
                ) from error
            continue
        cpu += clock + stat.reaped_ns
        user += stat.user_ns
        system += stat.system_ns
        rss += resident
        processes += 1
        threads += stat.threads
        voluntary += tasks.voluntary
        involuntary += tasks.involuntary
        waited += wait
        most = max(most, opened)
        waiting += tasks.children
    return Usage(
        at, cpu, user, system, rss, processes, threads, voluntary, involuntary, waited, most
    )


def descendants(pid: int) -> tuple[int, ...]:
    """All descendants of the process, nearest first."""
    below: list[int] = []
    waiting = [pid]
    while waiting:
        member = waiting.pop(0)
        try:
            children = _threads(member).children
        except OSError:
            continue
        below += children
        waiting += children
    return tuple(below)


def open_descriptors(pid: int) -> int:
    """How many descriptors the process and all its descendants have open together; 0 where that
    cannot be seen, or they have ended. A thread may have a table of its own (unshare(2),
    CLONE_FILES): the largest of a process counts."""
    count = 0
    for member in (pid, *descendants(pid)) if pid else ():
        with suppress(OSError), as_owner(member):
            tasks = islice(_tasks(member), _TABLES)
            count += max(map(_open_descriptors, tasks), default=0)
    return count


def stopped(pid: int) -> int | None:
    """The process among these, or the first of its descendants, that a signal such as SIGSTOP has
    stopped (state T of proc(5)); None where there is none."""
    for member in (pid, *descendants(pid)):
        try:
            if _stat(member).state == "T":
                return member
        except OSError:
            continue
    return None


def forgets_children(pid: int) -> int | None:
    """The process among these, or the first of its descendants, that ignores SIGCHLD, None where
    there is none: the kernel adds the time of its ended children to no process (getrusage(2))."""
    for member in (pid, *descendants(pid)):
        try:
            status = _read(f"/proc/{member}/status")
        except OSError:
            continue
        ignored = re.search(rb"^SigIgn:\s*([0-9a-f]+)$", status, re.MULTILINE)
        if ignored and int(ignored[1], 16) >> (signal.SIGCHLD - 1) & 1:
            return member
    return None


def start_time(pid: int) -> int:
    """Ticks between boot and the process's start. With the pid and `boot_id` this names a process
    for ever, while a pid alone is reused. Raises EngineError if the process has ended."""
    try:
        stat = _stat(pid)
    except OSError as error:
        raise EngineError(f"process {pid} has ended") from error
    if stat.gone:
        raise EngineError(f"process {pid} has ended")
    return stat.start


def boot_id() -> str:
    """The kernel's name for this boot; containers share it with their host."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _cpu_clock_ns(pid: int) -> int:
    """As clock_getcpuclockid(3): a process's clock is its pid, inverted, above three bits."""
    return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED)


def _stat(pid: int) -> _Stat:
    # The name in parentheses is the program's choice and may hold anything, so count from its end.
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    user, system, reaped_user, reaped_system = (int(ticks) * _TICK_NS for ticks in fields[11:15])
    return _Stat(
        state=fields[0].decode(),
        user_ns=user + reaped_user,
        system_ns=system + reaped_system,
        reaped_ns=reaped_user + reaped_system,
        threads=int(fields[17]),
        start=int(fields[19]),
    )


def _shows_memory(pid: int, stat: _Stat) -> str:
    """Where /proc shows the memory and the descriptors of a process: a first thread that has ended
    has none, while the process lives on in its other threads (pthread_exit(3) in main)."""
    if stat.state not in "ZX":
        return f"/proc/{pid}"
    living = (task for task in _tasks(pid) if not task.endswith(f"/{pid}"))
    return next(living, f"/proc/{pid}")


def _resident_bytes(process: str) -> int:
    try:
        counted = (b"Pss_Anon:", b"Pss_Shmem:")
        lines = _read(f"{process}/smaps_rollup").splitlines()
        pages = [int(line.split()[1]) for line in lines if line.startswith(counted)]
        if len(pages) == len(counted):
            return sum(pages) << 10
    except _GONE:
        raise
    except OSError:
        pass  # no permission to trace: every user may read the figure below
    _, resident, shared, *_ = map(int, _read(f"{process}/statm").split())
    return (resident - shared) * _PAGE


def _open_descriptors(process: str) -> int:
    try:
        table = Path(f"{process}/fd")
        return table.stat().st_size or sum(1 for _ in table.iterdir())
    except PermissionError:  # before Linux 6.2, and no permission to trace
        return 0


def _threads(pid: int) -> _Threads:
    children: list[int] = []
    voluntary = involuntary = 0
    for task in _tasks(pid):
        try:
            children += map(int, _read(f"{task}/children").split())
            status = _read(f"{task}/status")
        except _GONE:
            continue
        voluntary += _count(status, b"\nvoluntary_ctxt_switches:")
        involuntary += _count(status, b"\nnonvoluntary_ctxt_switches:")
    return _Threads(tuple(children), voluntary, involuntary)


def _tasks(pid: int) -> Iterator[str]:
    with os.scandir(f"/proc/{pid}/task") as tasks:
        for task in tasks:
            yield task.path


def _wait_ns(pid: int) -> int:
    try:
        _, waited, _ = _read(f"/proc/{pid}/schedstat").split()
    except FileNotFoundError:  # no such file in this kernel; a process that ended fails elsewhere
        return 0
    return int(waited)


def _count(status: bytes, key: bytes) -> int:
    _, _, rest = status.partition(key)
    return int(rest.partition(b"\n")[0] or 0)


def _read(path: str) -> bytes:
    """A whole file of /proc, by plain system calls: a server with 10,000 threads has 20,000 such
    files, and the time spent here is taken from the measured CPUs."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = []
        while chunk := os.read(fd, 1 << 16):
            chunks.append(chunk)
    finally:
        os.close(fd)
    return b"".join(chunks)
