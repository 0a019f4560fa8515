"""An interrupt that the interpreter swallows is heard all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runner.paths import ROOT

SWALLOWED = """
import os, signal
from runner import interrupt

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


PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
child.wait()
"""
CHILD = """
import signal, sys
from runner import interrupt
interrupt.listen()
try:
    interrupt.end_with(int(sys.argv[1]))
    print("waiting", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("shell", ["", "trap '' INT; "], ids=["foreground", "background"])
def test_a_runner_of_a_class_does_not_outlive_the_runner_that_started_it(shell: str) -> None:
    """However that ends: SIGKILL leaves it no time to say so. In a job of the background every
    process ignores SIGINT."""
    words = ["sh", "-c", f'{shell}exec "$@"', "sh", sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "waiting\n"
        parent.kill()
        assert parent.stdout.read() == "interrupted\n"


def test_a_runner_whose_starter_has_ended_already_does_not_begin() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "1"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "interrupted\n"
