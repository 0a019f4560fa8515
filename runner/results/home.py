"""Folders of the user, if there are any: a user id in a container may have no HOME and no name."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def home() -> Path | None:
    """The user's home folder; None where neither HOME nor the list of users names one."""
    with contextlib.suppress(RuntimeError, KeyError, OSError):
        folder = Path.home()
        if folder.is_absolute():
            return folder
    return None


def config() -> Path | None:
    """Where the signing key is kept: below XDG_CONFIG_HOME, else below the home folder. A relative
    path does not count, as the XDG specification requires."""
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if given.is_absolute():
        return given / "iolab"
    own = home()
    return own / ".config" / "iolab" if own else None


def data() -> Path | None:
    """Where the answers of a learner are kept: below XDG_DATA_HOME, else below the home folder. A
    relative path does not count."""
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    if given.is_absolute():
        return given / "iolab"
    own = home()
    return own / ".local" / "share" / "iolab" if own else None


def rescue() -> Iterator[Path]:
    """Where trials are written that cannot be written to their own folder, first choice first."""
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())
    yield Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    own = home()
    if own is not None:
        yield own
