"""The members of a folder, which its owner may change while it is read.

Every name is opened relative to the descriptor of the folder in which it was seen, and no link is
followed. So a folder that becomes a link meanwhile leads nowhere. What was read is listed again at
the end: a copy of two different states is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest

from runner.engine.folder import ENTRIES_MAX
from runner.grade.intake.leftovers import by_name
from runner.grade.intake.member import Kind, Member, kind_of
from runner.grade.intake.names import text_of
from runner.grade.intake.refusal import IntakeError, about

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHANGED = "changed while it was copied; let nothing write to the folder, and try again"
_CLOSED = "cannot be read; type: chmod -R u+rwX FOLDER"


@dataclass(frozen=True, slots=True)
class _Entry:
    folder: int
    """The descriptor of the folder that it is in, open until the next entry is asked for."""
    raw: bytes
    name: str
    """The path from the top of the submission, decoded."""
    kind: Kind
    left_out: bool
    state: tuple[int, ...]
    """Which file it is, and when it was written to. Of a folder only which one it is: an editor may
    make and remove files of its own beside the sources."""
    size: int


def folder_members(top: int, *, links_are_own: bool) -> Iterator[Member]:
    """The members below the folder of that descriptor. With `links_are_own` a file with several
    names is a file like others. Raises IntakeError."""
    seen: list[_Entry] = []
    with closing(_walk(top, "")) as entries:
        for entry in entries:
            if not entry.left_out:
                seen.append(entry)
            kind = entry.kind
            if kind is Kind.FILE and entry.state[-1] > 1 and not links_are_own:
                kind = Kind.HARD_LINK
            yield Member(entry.name, kind, entry.size, partial(_content, entry))
    with closing(_walk(top, "")) as entries:
        again = (entry for entry in entries if not entry.left_out)
        for before, now in zip_longest(seen, again):
            if before is None or now is None:
                raise IntakeError(f"the folder {_CHANGED}")
            if (before.raw, before.name, before.state) != (now.raw, now.name, now.state):
                raise about(before.name, _CHANGED)


def _walk(folder: int, above: str) -> Generator[_Entry]:
    """In the order of the names; a folder before what is in it. A leftover is not entered."""
    for raw in _names(folder, above):
        name = above + text_of(raw)
        try:
            about_it = os.stat(raw, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            raise about(name, _CHANGED) from None
        except OSError as error:
            raise about(name, f"{_CLOSED} ({error.strerror})") from None
        kind = kind_of(about_it.st_mode)
        is_folder = kind is Kind.FOLDER
        left_out = by_name(tuple(name.split("/")), folder=is_folder) is not None
        yield _Entry(folder, raw, name, kind, left_out, _state(about_it), about_it.st_size)
        if is_folder and not left_out:
            inner = _opened(folder, raw, name, _FOLDER)
            try:
                if _state(os.fstat(inner)) != _state(about_it):
                    raise about(name, _CHANGED)
                yield from _walk(inner, f"{name}/")
            finally:
                os.close(inner)


def _names(folder: int, above: str) -> list[bytes]:
    """One more than are accepted at most, so that the excess is noticed."""
    try:
        with os.scandir(folder) as listed:
            return sorted(os.fsencode(entry.name) for entry in islice(listed, ENTRIES_MAX + 1))
    except OSError as error:
        raise about(above or "the folder", f"{_CLOSED} ({error.strerror})") from None


def _opened(folder: int, raw: bytes, name: str, flags: int) -> int:
    try:
        return os.open(raw, flags, dir_fd=folder)
    except PermissionError as error:
        raise about(name, f"{_CLOSED} ({error.strerror})") from None
    except OSError:  # gone, or a link now: it was neither when it was listed
        raise about(name, _CHANGED) from None


def _content(entry: _Entry) -> bytes:
    """All of the file, which is the file that was listed, before and after it was read."""
    descriptor = _opened(entry.folder, entry.raw, entry.name, _FILE)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = _state(os.fstat(descriptor))
        content = bytearray()
        try:
            while len(content) <= entry.size and (part := file.read(entry.size + 1 - len(content))):
                content += part
        except OSError as error:
            raise IntakeError(f"{entry.name}: cannot be read: {error.strerror}") from None
        after = _state(os.fstat(descriptor))
    if not before == after == entry.state or len(content) != entry.size:
        raise about(entry.name, _CHANGED)
    return bytes(content)


def _state(found: os.stat_result) -> tuple[int, ...]:
    which = (found.st_dev, found.st_ino, stat.S_IFMT(found.st_mode))
    if stat.S_ISDIR(found.st_mode):
        return which
    return (*which, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_nlink)
