"""A folder on its way between two hosts: its files, links and folders as plain data.

What is in it may be a student's, so nothing of it is followed or run here, and it is bounded. The
paths were read from a folder, yet a host that unpacks them does not rely on that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

BYTES_MAX = 256 << 20
ENTRIES_MAX = 50_000


class ParcelError(Exception):
    """The folder cannot be sent, or what was sent is no folder."""


@dataclass(frozen=True, slots=True)
class Item:
    """A folder, a link to `target`, or a file with its `content`."""

    path: str
    mode: int
    content: bytes | None = None
    target: str | None = None


Parcel = tuple[Item, ...]


def packed(root: Path, *, followed: bool = False) -> Parcel:
    """A folder, or one file. What is neither a file, a link nor a folder is left out: no submission
    needs it, and to open it may have an effect. Where `root` is a link, what it leads to is sent
    under its name if it is to be `followed`. Raises ParcelError."""
    found: list[Item] = []
    room = BYTES_MAX
    try:
        top = root.resolve(strict=True) if followed else root
        for path in _below(top):
            about = path.lstat()
            name = (Path(root.name) / path.relative_to(top)).as_posix()
            if stat.S_ISDIR(about.st_mode):
                found.append(Item(name, stat.S_IMODE(about.st_mode)))
            elif stat.S_ISLNK(about.st_mode):
                found.append(Item(name, 0, target=str(path.readlink())))
            elif stat.S_ISREG(about.st_mode):
                room -= about.st_size
                if room < 0 or len(found) >= ENTRIES_MAX:
                    raise ParcelError(f"larger than {BYTES_MAX >> 20} MiB or {ENTRIES_MAX} files")
                found.append(Item(name, stat.S_IMODE(about.st_mode), path.read_bytes()))
    except OSError as error:
        raise ParcelError(f"{root.name}: {error.strerror or error}") from None
    return tuple(found)


def unpacked(parcel: Parcel, parent: Path) -> None:
    """Below a folder that this process has just made. Raises ParcelError, OSError."""
    links: set[PurePosixPath] = set()
    for item in parcel:
        path = PurePosixPath(item.path)
        parts = path.parts
        if path.is_absolute() or not parts or ".." in parts or links & {path, *path.parents}:
            raise ParcelError(f"{item.path[:80]!r} is no path below a folder")
        target = parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if item.target is not None:
            links.add(path)
            target.symlink_to(item.target)
        elif item.content is None:
            target.mkdir(exist_ok=True)
            target.chmod(item.mode | 0o700)
        else:
            target.write_bytes(item.content)
            target.chmod(item.mode)


def _below(root: Path) -> Iterator[Path]:
    """The root, then all below it, folders first; no link is followed."""
    yield root
    if root.is_symlink() or not root.is_dir():
        return
    for here, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(here, name)
