"""A noisy neighbour: it takes one CPU for a while, leaves it, comes back. Ends with its parent."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runner.paths import ROOT

BUSY, AWAY = (0.2, 3.0), (0.5, 5.0)
"""Seconds, from and to, drawn anew each time."""


@contextmanager
def hog(cpu: int, seed: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.hog", str(cpu), str(seed), str(os.getpid())]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()


def _be(cpu: int, seed: int, parent: int) -> None:
    os.sched_setaffinity(0, {cpu})
    draw = random.Random(seed)
    while os.getppid() == parent:
        until = time.monotonic() + draw.uniform(*BUSY)
        while time.monotonic() < until:
            pass
        time.sleep(draw.uniform(*AWAY))


if __name__ == "__main__":
    _be(*map(int, sys.argv[1:]))
