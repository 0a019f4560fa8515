"""The kernel's figures for trees of processes whose use of it is known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from runner.engine import accounting
from runner.engine.box import CrowdError, EngineError

MIB = 1 << 20
IMPORTS = "import ctypes, mmap, os, sys, threading, time\n"
BURN = "\ndef burn(ns):\n  while time.process_time_ns() < ns: pass\n"
Child = subprocess.Popen[str]
Start = Callable[[str], Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs Python that says one line when it is where the test wants it, then reads stdin."""
    with ExitStack() as stack:

        def run(code: str) -> Child:
            child = subprocess.Popen(
                [sys.executable, "-S", "-c", IMPORTS + code],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            stack.callback(child.communicate)
            stack.callback(child.kill)
            return child

        yield run


def first_line(child: Child) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


HOLD = "print('here', flush=True); sys.stdin.read()"


def test_cpu_time_is_exact(start: Start) -> None:
    child = start(f"{BURN}burn(200_000_000); print(time.process_time_ns(), flush=True); input()")
    own = int(first_line(child))
    usage = accounting.usage_of(child.pid)
    assert own <= usage.cpu_ns < own * 1.5
    assert usage.user_ns + usage.system_ns == pytest.approx(usage.cpu_ns, abs=30_000_000)


def test_waiting_for_a_cpu_is_counted(start: Start) -> None:
    """Two that burn on one CPU wait for each other about as long as they run."""
    pinned = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); input(); "
    children = [start(f"{pinned}{BURN}burn(300_000_000); {HOLD}") for _ in range(2)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        first_line(child)
    assert sum(accounting.usage_of(child.pid).wait_ns for child in children) > 200_000_000


def test_time_of_children_that_were_waited_for_counts(start: Start) -> None:
    child = start(
        f"{BURN}pid = os.fork()\nif not pid:\n  burn(300_000_000); os._exit(0)\n"
        f"os.waitpid(pid, 0)\n{HOLD}"
    )
    first_line(child)
    assert accounting.usage_of(child.pid).cpu_ns > 250_000_000


def test_the_whole_tree_counts(start: Start) -> None:
    child = start(
        "r, w = os.pipe()\n"
        "if not os.fork():\n"
        "  if not os.fork(): os.write(w, b'x'); sys.stdin.read(); os._exit(0)\n"
        "  os.write(w, b'x'); sys.stdin.read(); os._exit(0)\n"
        "threading.Thread(target=sys.stdin.read, daemon=True).start()\n"
        f"os.read(r, 1); os.read(r, 1); {HOLD}"
    )
    first_line(child)
    usage = accounting.usage_of(child.pid)
    assert (usage.processes, usage.threads) == (3, 4)
    assert len(accounting.descendants(child.pid)) == 2


def test_children_of_threads_are_found(start: Start) -> None:
    child = start(
        "def fork():\n  if not os.fork(): sys.stdin.read(); os._exit(0)\n"
        "  print('here', flush=True); sys.stdin.read()\n"
        "t = threading.Thread(target=fork); t.start(); t.join()"
    )
    first_line(child)
    assert accounting.usage_of(child.pid).processes == 2


def test_memory_is_what_was_touched(start: Start) -> None:
    before = start(HOLD)
    after = start(f"m = mmap.mmap(-1, {64 * MIB}, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
                  f"for i in range(0, {32 * MIB}, 4096): m[i] = 1\n{HOLD}")  # fmt: skip
    first_line(before)
    first_line(after)
    sizes = [accounting.usage_of(child.pid).rss_bytes for child in (before, after)]
    assert sizes[1] - sizes[0] == pytest.approx(32 * MIB, abs=2 * MIB)


def test_memory_shared_after_fork_counts_once(start: Start) -> None:
    child = start(
        f"m = bytearray({32 * MIB})\nr, w = os.pipe()\n"
        "for i in range(4):\n  if not os.fork(): os.write(w, b'x'); sys.stdin.read(); os._exit(0)\n"
        f"for i in range(4): os.read(r, 1)\n{HOLD}"
    )
    first_line(child)
    usage = accounting.usage_of(child.pid)
    assert usage.processes == 5
    assert 32 * MIB <= usage.rss_bytes < 64 * MIB


def test_memory_of_who_is_not_ours_to_trace(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    child = start(f"m = bytearray({32 * MIB})\n{HOLD}")
    first_line(child)
    best = accounting.usage_of(child.pid).rss_bytes
    read = accounting._read

    def refuse(path: str) -> bytes:
        if path.endswith("smaps_rollup"):
            raise PermissionError(path)
        return read(path)

    monkeypatch.setattr(accounting, "_read", refuse)
    assert accounting.usage_of(child.pid).rss_bytes == pytest.approx(best, abs=2 * MIB)


def test_switches_count_waits(start: Start) -> None:
    child = start("while sys.stdin.readline(): print('here', flush=True)")

    def turn() -> None:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
        first_line(child)

    turn()
    before = accounting.usage_of(child.pid)
    for _ in range(200):
        turn()
    after = accounting.usage_of(child.pid)
    # Since it has dequeued sleepers late, the kernel counts some waits as involuntary switches.
    voluntary = after.voluntary_switches - before.voluntary_switches
    assert voluntary + after.involuntary_switches - before.involuntary_switches >= 100
    assert after.at_ns > before.at_ns


def test_who_has_gone_is_an_error(start: Start) -> None:
    child = start("pass")
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    for ask in (accounting.usage_of, accounting.start_time):  # a zombie: only its pid is left
        with pytest.raises(EngineError):
            ask(child.pid)
    child.wait()
    for ask in (accounting.usage_of, accounting.start_time):
        with pytest.raises(EngineError):
            ask(child.pid)


def test_a_crowd_whose_memory_cannot_be_read_in_time(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = start(HOLD)
    first_line(child)
    monkeypatch.setattr(accounting, "_MEMORY_NS", -1)
    with pytest.raises(CrowdError, match="they start processes faster than they get a CPU"):
        accounting.usage_of(child.pid)
    assert accounting.usage_of(child.pid, memory=False).processes == 1


def test_a_name_cannot_forge_the_figures(start: Start) -> None:
    plain = start(HOLD)
    forger = start(f"ctypes.CDLL(None).prctl(15, b') Z 1 1 1 (', 0, 0, 0)\n{HOLD}")
    first_line(plain)
    first_line(forger)
    assert accounting.start_time(forger.pid) >= accounting.start_time(plain.pid)
    assert accounting.usage_of(forger.pid).processes == 1


def test_identity() -> None:
    assert accounting.start_time(os.getpid()) == accounting.start_time(os.getpid())
    assert accounting.start_time(os.getpid()) > accounting.start_time(1)
    assert accounting.boot_id() == accounting.boot_id() != ""


def test_cpu_time_of_children_is_lost_where_sigchld_is_ignored_and_that_is_seen(
    start: Start,
) -> None:
    """The same child in both: reaped by its parent, and never reaped."""
    fork = f"{BURN}pid = os.fork()\nif not pid: burn(300_000_000); os._exit(0)\n"
    wait = "try: os.waitpid(pid, 0)\nexcept ChildProcessError: pass\n"
    ignore = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
    reaps, forgets = start(fork + wait + HOLD), start(ignore + fork + wait + HOLD)
    assert first_line(reaps) == first_line(forgets) == "here"
    assert accounting.usage_of(reaps.pid).cpu_ns > 250_000_000
    assert accounting.usage_of(forgets.pid).cpu_ns < 250_000_000
    assert accounting.forgets_children(reaps.pid) is None
    assert accounting.forgets_children(forgets.pid) == forgets.pid


def test_a_process_lives_on_without_its_first_thread(start: Start) -> None:
    """pthread_exit in main: /proc/PID then shows neither memory nor descriptors."""
    hold = f"""
def hold():
    while ") Z " not in open(f"/proc/self/task/{{os.getpid()}}/stat").read(): os.sched_yield()
    hoard = bytearray({32 * MIB}); {HOLD}
"""
    leave = "threading.Thread(target=hold).start(); ctypes.CDLL(None).pthread_exit(None)"
    child = start(hold + leave)
    assert first_line(child) == "here"
    usage = accounting.usage_of(child.pid)
    assert usage.rss_bytes >= 32 * MIB
    assert usage.descriptors >= 3
