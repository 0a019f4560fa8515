"""Looking at a process in /proc as its owner.

The kernel shows descriptors, memory and calls of a process to its own user, and to others only with
CAP_SYS_PTRACE. Root has no such capability in a container without privileges. There the calling
thread takes the file system user id of the process, which affects what it may open, and nothing
else: other processes can neither signal nor trace it, setfsuid(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CAP_SYS_PTRACE = 19


@contextlib.contextmanager
def as_owner(pid: int) -> Iterator[None]:
    """While the thread only reads: files that it made would be the owner's. A process that forbids
    to be looked at (PR_SET_DUMPABLE) stays closed."""
    uid, gid = _owner(pid) if _needed() else (0, 0)
    if not uid:
        yield
        return
    libc = _libc()
    group = libc.setfsgid(gid)
    user = libc.setfsuid(uid)
    try:
        yield
    finally:
        libc.setfsuid(user)
        libc.setfsgid(group)


@cache
def _needed() -> bool:
    """Whether this is root, without the capability."""
    if os.geteuid() != 0:
        return False
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)$", _status(), re.MULTILINE)
    return effective is not None and not int(effective[1], 16) >> CAP_SYS_PTRACE & 1


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _status() -> str:
    return Path("/proc/self/status").read_text(encoding="ascii", errors="replace")


def _owner(pid: int) -> tuple[int, int]:
    """0 where it has ended."""
    try:
        about = Path("/proc", str(pid)).stat()
    except OSError:
        return 0, 0
    return about.st_uid, about.st_gid
