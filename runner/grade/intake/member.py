"""One entry of a folder or an archive, as it is named there."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The value reads after "is": `notes is a FIFO`."""

    FILE = "a file"
    FOLDER = "a folder"
    LINK = "a symbolic link"
    HARD_LINK = "a hard link"
    DEVICE = "a device"
    FIFO = "a FIFO"
    SOCKET = "a socket"
    SPARSE = "a sparse file"
    OTHER = "of an unknown kind"


REMEDIES = {
    Kind.LINK: "put the file itself in its place: cp -rL FOLDER COPY follows all links",
    Kind.HARD_LINK: "a copy of the folder has none: cp -r FOLDER COPY",
    Kind.SPARSE: "make the archive without --sparse",
}
"""What to do about a member that is neither a file nor a folder; else: take it out."""


@dataclass(frozen=True, slots=True)
class Member:
    """`size` is what the folder or the archive states. `read` gives exactly that many bytes, or
    raises IntakeError; a member of an archive is read before the next one is asked for, or never.
    """

    name: str
    """Decoded, as it is written: with `/` between folders, and not yet checked."""
    kind: Kind
    size: int
    read: Callable[[], bytes]


def kind_of(mode: int) -> Kind:
    """The kind by the format bits of a mode. Without any it is a file, as zip's writers on Windows
    leave them."""
    kinds = {
        0: Kind.FILE,
        stat.S_IFREG: Kind.FILE,
        stat.S_IFDIR: Kind.FOLDER,
        stat.S_IFLNK: Kind.LINK,
        stat.S_IFIFO: Kind.FIFO,
        stat.S_IFSOCK: Kind.SOCKET,
        stat.S_IFCHR: Kind.DEVICE,
        stat.S_IFBLK: Kind.DEVICE,
    }
    return kinds.get(stat.S_IFMT(mode), Kind.OTHER)
