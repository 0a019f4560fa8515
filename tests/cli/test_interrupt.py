"""An interrupt that the interpreter swallows is heard all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runner.paths import ROOT

SWALLOWED = """
import os, signal
from runner.session import interrupt

class Late:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})

if signal.getsignal(signal.{name}) is signal.SIG_IGN:  # as under nohup
    signal.signal(signal.{name}, signal.SIG_DFL)
interrupt.listen()
interrupt.require_none()
Late()
try:
    interrupt.require_none()
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_a_destructor_swallows_is_heard_before_the_next_trial(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED.format(name=name)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Exception ignored in" in done.stderr
    assert done.stdout == "heard\n"
