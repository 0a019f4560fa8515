"""Signals to all that it can name.

Expect: passes
"""

import os
import signal
from contextlib import suppress

signal.signal(signal.SIGTERM, signal.SIG_IGN)
for pid in (-1, os.getppid(), *range(1, 50_000)):
    if pid not in (0, os.getpid()):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)

import honest  # noqa: E402, F401
