"""Who may say that other programs had the server's CPU: no server that gave its own away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from runner.engine.box import Running
from runner.measure import busy
from runner.measure.busy import Sample, starved

SECOND = 1_000_000_000
BEFORE = Sample(0, 0, 0, runnable=True)
HUNGRY = Sample(SECOND, SECOND // 50, SECOND, runnable=True)
WAITS = "import os, sys; exec(sys.argv[1]); print('here', flush=True); sys.stdin.read()"


@contextmanager
def process(after: str) -> Iterator[Running]:
    command = [sys.executable, "-S", "-c", WAITS, after]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        used = SimpleNamespace(at_ns=0, cpu_ns=0, wait_ns=0)
        yield cast("Running", SimpleNamespace(pid=child.pid, accounting=used))
        assert child.stdin is not None
        child.stdin.close()


def test_a_server_that_was_ready_and_hardly_ran_was_starved_unless_it_chose_to() -> None:
    assert starved(BEFORE, HUNGRY)
    assert not starved(BEFORE, replace(HUNGRY, ran=SECOND // 2))
    assert not starved(BEFORE, replace(HUNGRY, yields=True))
    others = replace(BEFORE, processes=frozenset((7, 8)))
    assert starved(others, replace(HUNGRY, processes=frozenset((7,))))
    assert not starved(others, replace(HUNGRY, processes=frozenset((7, 9))))


@pytest.mark.parametrize(
    ("after", "yields"),
    [
        ("pass", False),
        ("os.nice(1)", True),
        ("os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))", True),
        ("os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))", True),
        # The name of a thread may look like the rest of the line.
        ("open('/proc/self/comm', 'w').write(') R 1 1 1')", False),
    ],
)
def test_a_lower_priority_of_its_own_is_seen(
    after: str, yields: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busy, "usage", lambda *_, **__: SimpleNamespace(at_ns=0, cpu_ns=0))
    with process(after) as server:
        assert busy.sample(server).yields is yields
