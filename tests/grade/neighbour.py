"""A noisy neighbour: programs that use whole CPUs, come and go, and end with this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

_BURNS = """
import os, sys, time
ends = time.monotonic() + float(sys.argv[1])
while time.monotonic() < ends and os.getppid() == int(sys.argv[2]):
    for _ in range(100_000):
        pass
"""
STAYS, AWAY = (0.3, 8.0), (0.3, 8.0)
"""How many seconds it is there, and how many it is away: the shortest and the longest."""
MOST = 3
"""Programs at once: more than most machines of students have CPUs to spare."""


@contextmanager
def neighbour(seed: int) -> Iterator[None]:
    """Comes and goes until the block ends; the seed says when."""
    ends = threading.Event()
    thread = threading.Thread(target=_come_and_go, args=(Random(seed), ends))
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def _come_and_go(draw: Random, ends: threading.Event) -> None:
    while not ends.wait(draw.uniform(*AWAY)):
        seconds = draw.uniform(*STAYS)
        burning = [_burner(seconds) for _ in range(draw.randint(1, MOST))]
        ends.wait(seconds)
        for each in burning:
            each.kill()
            each.wait()


def _burner(seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", _BURNS, str(seconds), str(os.getpid())])
