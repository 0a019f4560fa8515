"""Never imported by the runner: Python runs it before a server whose coroutines are to be seen.

Each time a coroutine goes on, it makes a system call that fails at once: a write to descriptor -1
of the coroutine's name. A tracer then has it in its record, between the calls around it. Only the
outermost counts: what it awaits goes on with it.
"""

import os
import sys
from contextlib import suppress
from types import FrameType

COROUTINE = 0x80 | 0x100 | 0x200  # CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR


def mark(frame: FrameType, event: str, _argument: object) -> None:
    """Called by Python for each call and return of a function; a coroutine's going on is a call."""
    if event != "call" or not frame.f_code.co_flags & COROUTINE:
        return
    caller = frame.f_back
    if caller is not None and caller.f_code.co_flags & COROUTINE:
        return
    with suppress(OSError):
        os.write(-1, f"coroutine {frame.f_code.co_name} {id(frame):x}".encode())


sys.setprofile(mark)
