"""Ctrl-C, SIGTERM and a terminal that is closed: the run ends at once, keeps what it has, and
forgets none of them.

Python raises KeyboardInterrupt wherever it is at that moment. Where that is a destructor or another
callback, Python drops the exception: so the signal is noted too, and looked up before each trial.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from types import FrameType

_PR_SET_PDEATHSIG = 1
_signalled = False
_shielded = False


def listen() -> None:
    """A signal that was ignored when the runner started stays ignored: a background job, nohup."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def end_with(parent: int) -> None:
    """From now on the end of the process `parent`, which started this one, is a SIGTERM for this
    one, however that process ends: SIGINT stays ignored in a background job. Raises
    KeyboardInterrupt where it has ended already."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        raise KeyboardInterrupt


def require_none() -> None:
    """Raises KeyboardInterrupt where a signal came and its exception was dropped."""
    if _signalled:
        raise KeyboardInterrupt


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """For the short work that must not be left half done. A signal meanwhile counts at its end."""
    global _signalled, _shielded
    before, _signalled, _shielded = _signalled, False, True
    try:
        yield
    finally:
        late, _signalled, _shielded = _signalled, before or _signalled, False
    if late:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _signalled  # noqa: PLW0603 - signals are the process's
    _signalled = True
    if not _shielded:
        raise KeyboardInterrupt
