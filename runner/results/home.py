"""Folders of the user, where there is one: a container's uid may have no HOME and no name."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def home() -> Path | None:
    """The user's home; None where neither HOME nor the list of users says one."""
    with contextlib.suppress(RuntimeError, KeyError, OSError):
        found = Path.home()
        if found.is_absolute():
            return found
    return None


def config() -> Path | None:
    """Where the signing key is kept: below XDG_CONFIG_HOME, else below the home. A relative path is
    none, as the XDG specification has it."""
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if given.is_absolute():
        return given / "iolab"
    own = home()
    return own / ".config" / "iolab" if own else None


def rescue() -> Iterator[Path]:
    """Where trials are put that their own folder does not take, the first choice first."""
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())
    yield Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    own = home()
    if own is not None:
        yield own
