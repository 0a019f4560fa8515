"""Writes files so that a kill or a power cut at any moment leaves the old or the new, never half.

A rename is only as durable as the folder that holds the names, so the folder is synced as well
(fsync(2), NOTES).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from runner.results.error import ResultsError
from runner.results.reading import shown


def replace_text(path: Path, text: str) -> None:
    """All or nothing: writes a file beside it, syncs it, renames it. Raises OSError, and leaves no
    file of its own then.

    A symbolic link under either name is replaced, never followed: the folder may be a stranger's.
    Half a character, as in a name that is not UTF-8, is written as its escape."""
    beside = path.with_name(f".{path.name}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, flags, 0o644), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """As `replace_text`. Raises ResultsError, which names the file."""
    try:
        replace_text(path, text)
    except OSError as error:
        raise ResultsError(f"cannot write {shown(path)}: {error.strerror}") from None


def append_lines(path: Path, text: str) -> None:
    """Appends whole lines, on disk when this returns. Half a line that a kill left at the end is
    ended first, so that only that line is unreadable. Raises OSError, and removes what it had
    written by then: a full disk leaves whole lines. No symbolic link is followed, and nothing but
    a regular file is written to."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o644)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        rest = (("\n" if torn else "") + text).encode("utf-8", "backslashreplace")
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if size == 0:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Does nothing where the file system cannot sync a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
