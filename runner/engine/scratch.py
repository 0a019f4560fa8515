"""Temporary folders that a killed runner may leave behind, and that the next runner removes.

Each is locked by the process that created it, and the kernel releases the lock when that process
ends, however it ends. Process ids and times are not used.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".iolab-"
_FORMER = (".compiling-", ".copying-", ".taking-")  # of earlier versions, which did not lock them


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder that is removed afterwards. Raises OSError."""
    parent.mkdir(parents=True, exist_ok=True)
    with locked(parent, fcntl.LOCK_SH):  # no sweep between making and locking
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(parent: Path) -> int:
    """Removes folders that no process has locked. Returns how many. Never raises."""
    removed = 0
    with suppress(OSError), locked(parent, fcntl.LOCK_EX):
        for path in list(parent.iterdir()):
            if path.name.startswith((PREFIX, *_FORMER)):
                with suppress(OSError), locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    shutil.rmtree(path)
                    removed += 1
    return removed


@contextmanager
def locked(folder: Path, how: int) -> Iterator[None]:
    """Holds flock(2) on a folder. Raises OSError."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)
