"""Ctrl-C and SIGTERM: the run ends at once, keeps what it has, and forgets neither.

Python raises KeyboardInterrupt wherever it is at that moment. Where that is a destructor or another
callback of its own, nobody hears of it: so it is noted too, and asked for before each trial.
"""

from __future__ import annotations

import signal
from types import FrameType

_told = False


def listen() -> None:
    """A signal that whoever started us had ignored stays so: a shell's background job."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def require_none() -> None:
    """Raises KeyboardInterrupt where one was told and swallowed."""
    if _told:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _told  # noqa: PLW0603 - a process is told once
    _told = True
    raise KeyboardInterrupt
