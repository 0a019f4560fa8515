"""Whether a server uses a CPU, or waits for one, while it has nothing to do.

Read from the kernel's scheduler (schedstat of proc(5)), in which the time that a thread waits for a
CPU counts as well: a loop that never sleeps is one on a crowded machine too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import Running
from runner.engine.members import members
from runner.measure.asleep import folder, text, threads_of, times
from runner.measure.server import usage

WINDOW_MS, WINDOWS = 100, 10
STARVED = 0.1
CPU, BUSY = 0.1, 0.8
"""A server rests in a window in which it used less of a CPU than the first of these shares, and ran
or waited for a CPU for less than the second."""
_NICE, _POLICY = 16, 38
"""Places in `stat` after the name of the command."""
_YIELDING = (os.SCHED_BATCH, os.SCHED_IDLE)


@dataclass(frozen=True, slots=True)
class Sample:
    """In ns: the moment, and how long the server has run and waited for a CPU; the kernel adds a
    wait when it is over. `runnable`: one of its threads runs or waits at this moment. `yields`: one
    has a lower priority than it was given. `processes` are those of its box."""

    at: int
    ran: int
    waited: int
    runnable: bool = False
    yields: bool = False
    processes: frozenset[int] = frozenset()


def sample(server: Running) -> Sample:
    """Of all threads of the server; where its processes are not on this machine, of what the engine
    says. Raises as `usage` does."""
    used = usage(server, memory=False)
    if not server.pid:
        return Sample(used.at_ns, used.cpu_ns, used.wait_ns)
    return Sample(used.at_ns, used.cpu_ns, *_scheduled(server.pid))


def rests(server: Running, wait: Callable[[int], None]) -> tuple[bool, float]:
    """Whether there is a window in which the server rests, and the CPUs that it used in the
    quietest one. `wait` waits so many ms. One window is enough: the server may have had some work
    to finish, and a loop that never sleeps has none."""
    least = float("inf")
    before = sample(server)
    for _ in range(WINDOWS):
        wait(WINDOW_MS)
        now = sample(server)
        wall = max(1, now.at - before.at)
        ran = max(0, now.ran - before.ran) / wall
        busy = ran + max(0, now.waited - before.waited) / wall
        least = min(least, ran)
        if ran < CPU and busy < BUSY and not now.runnable:
            return True, ran
        before = now
    return False, least


def described(cpus: float) -> str:
    """What a server did that did not rest; it may have run in processes whose CPU time the kernel
    adds to none."""
    if cpus < CPU:
        return "threads or processes of the server ran, or waited for a CPU, all the time"
    return f"the server used {cpus:.0%} of a CPU"


def starved(before: Sample, now: Sample) -> bool:
    """Whether the server was ready to run between the samples, and hardly ran: a server that never
    sleeps waits for a CPU again and again, but it also gets one. A server that gave itself a lower
    priority (nice(2), SCHED_IDLE) waits by its own choice, and one that starts processes meanwhile
    may wait for these: the CPU time of children that end is not always known."""
    if now.yields or now.processes - before.processes:
        return False
    wall = now.at - before.at
    waited = now.waited - before.waited > wall / 2 or (before.runnable and now.runnable)
    return waited and now.ran - before.ran < wall * STARVED


def _scheduled(pid: int) -> tuple[int, bool, bool, frozenset[int]]:
    """How long all threads have waited for a CPU, whether one is on a CPU or waits now, whether one
    has a lower priority than the grader itself, or SCHED_BATCH or SCHED_IDLE (stat of
    proc_pid_stat(5): fields 3, 19 and 41); and the processes. A process that ends while it is
    looked at has run: the kernel may add the time of such a child to no process."""
    waited, runnable, yields = 0, False, False
    given = os.getpriority(os.PRIO_PROCESS, 0)
    processes = members(pid)
    for thread in threads_of(processes):
        waited += times(thread)[1]
        try:
            fields = text(folder(thread) / "stat").rpartition(")")[2].split()
        except OSError:
            continue
        runnable = runnable or fields[0] == "R"
        yields = yields or int(fields[_NICE]) > given or int(fields[_POLICY]) in _YIELDING
    ended = any(not Path(f"/proc/{process}").exists() for process in processes)
    return waited, runnable or ended, yields, frozenset(processes)
