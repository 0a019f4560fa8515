"""Tries what this kernel allows, in a process of its own, and reports the results as one JSON
object.

`python -m runner.machine.doctor.attempt`: a user namespace cannot be left, and a
traced process cannot be untraced, so this process ends after its answer.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_IO_URING_SETUP = 425  # the same on every architecture
_PARAMS_BYTES = 120  # struct io_uring_params, linux/io_uring.h
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PTRACE_TRACEME = 0


def io_uring() -> str:
    """A ring of one entry; closed at once."""
    params = ctypes.create_string_buffer(_PARAMS_BYTES)
    ring = _LIBC.syscall(_IO_URING_SETUP, 1, params)
    if ring < 0:
        return _error("io_uring_setup")
    os.close(ring)
    return ""


def ptrace() -> str:
    return "" if _LIBC.ptrace(_PTRACE_TRACEME, 0, None, None) == 0 else _error("ptrace")


def user_namespace() -> str:
    """With a network namespace inside, which is what the process engine wants it for."""
    if _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        return ""
    return _error("unshare")


def nofile() -> int:
    """The highest RLIMIT_NOFILE that can be had."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    highest = int(Path("/proc/sys/fs/nr_open").read_text())
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
    except (OSError, ValueError):
        return hard
    return highest


def main() -> None:
    """The namespace last: inside it other things are allowed than outside."""
    tried: dict[str, Callable[[], str | int]] = {
        "nofile": nofile,
        "io_uring": io_uring,
        "ptrace": ptrace,
        "user namespace": user_namespace,
    }
    sys.stdout.write(json.dumps({name: attempt() for name, attempt in tried.items()}) + "\n")


def _error(call: str) -> str:
    number = ctypes.get_errno()
    return f"{call}: {errno.errorcode.get(number, number)}"


if __name__ == "__main__":
    main()
