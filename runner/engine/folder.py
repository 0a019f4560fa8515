"""The one rule for which files of a folder are its sources, and how they are read.

The folder is not trusted. Both engines use the same files with the same bytes: a file is read
once, here, and no compiler or interpreter reads it from its original folder. docs/contract.md
states the rule.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from itertools import islice
from pathlib import Path

from runner.engine.box import BuildError
from runner.paths import LABS
from runner.untrusted import UntrustedError, clean, read_bytes

SUFFIXES = {"c": (".c", ".h", ".inc", ".def"), "python": (".py",)}
FILE_BYTES_MAX = 16 << 20
"""More than the largest C source that is commonly copied into a project (SQLite's 9 MB)."""
FOLDER_BYTES_MAX = 32 << 20
FILES_MAX = 1000
DEPTH_MAX = 16
ENTRIES_MAX = 20_000
"""The most names in one folder and all below it, sources or not."""
_SKIPPED = ("__pycache__", "node_modules")
_ENVIRONMENT = "pyvenv.cfg"  # a folder that holds it is a virtual environment of Python


def sources_in(folder: Path, suffixes: tuple[str, ...] | None) -> dict[str, bytes]:
    """The content of each source in the folder and below it, by its path from there with `/`: of
    each file where no `suffixes` are given. Raises BuildError, which names the file and the
    reason."""
    sources: dict[str, bytes] = {}
    room, links = FOLDER_BYTES_MAX, _Links(folder)
    for path in _candidates(folder, suffixes):
        name = path.relative_to(folder).as_posix()
        if not name.isprintable():
            raise BuildError(f"{_shown(path, folder)}: the name of a source must be printable text")
        content = _content(path, links, min(room, FILE_BYTES_MAX))
        room -= len(content)
        sources[name] = content
        if len(sources) > FILES_MAX:
            raise BuildError(f"{clean(folder.name)}: more than {FILES_MAX} source files")
    return sources


def beginning(path: Path, length: int) -> bytes:
    """The first bytes of one source that lies directly in its folder. Raises BuildError."""
    return _content(path, _Links(path.parent), FILE_BYTES_MAX)[:length]


def absent(path: Path) -> str:
    """The message that a folder has no such source, with a similar name that exists: Server.c."""
    same = path.name.lower()
    near = [other.name for other in path.parent.glob("*") if other.name.lower() == same]
    hint = f"; rename {clean(near[0])}" if near else ""
    return f"{clean(path.parent.name)}: no {path.name} in this folder{hint}"


def _candidates(folder: Path, suffixes: tuple[str, ...] | None) -> Iterator[Path]:
    """All entries that are named like a source, in the order of their paths within each folder."""
    waiting, seen = [(folder, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise BuildError(f"{_shown(here, folder)}: more than {DEPTH_MAX} folders deep")
        try:
            with os.scandir(here) as listed:
                entries = list(islice(listed, ENTRIES_MAX + 1 - seen))
        except OSError as error:
            raise BuildError(f"{_shown(here, folder)}: {error.strerror}") from error
        seen += len(entries)
        if seen > ENTRIES_MAX:
            raise BuildError(f"{clean(folder.name)}: more than {ENTRIES_MAX} files")
        for entry in sorted(entries, key=lambda each: each.name):
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            path = here / entry.name
            other = suffixes is None and not entry.is_dir(follow_symlinks=False)
            if other or path.suffix in (suffixes or ()):
                yield path
            elif entry.is_dir(follow_symlinks=False) and not os.path.lexists(path / _ENVIRONMENT):
                waiting.append((path, depth + 1))


class _Links:
    """How many names each file has within a folder, counted once, at the first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _names(self) -> Counter[tuple[int, int]]:
        names: Counter[tuple[int, int]] = Counter()
        for here, _, files in os.walk(self.folder):
            for name in files:
                with suppress(OSError):
                    about = Path(here, name).lstat()
                    names[about.st_dev, about.st_ino] += 1
            if names.total() > ENTRIES_MAX:
                break
        return names

    def require_own(self, file: Path) -> None:
        """A hard link looks like a file, but a file of the folder has all of its names there. The
        project's own labs are not checked: a checkout may be a copy by hard links."""
        about = file.lstat()
        if about.st_nlink == 1 or self.folder.resolve().is_relative_to(LABS):
            return
        if self._names[about.st_dev, about.st_ino] < about.st_nlink:
            raise UntrustedError(
                "is a hard link to a file outside of the folder; copy the folder instead: cp -r"
            )


def _content(path: Path, links: _Links, limit: int) -> bytes:
    folder = links.folder
    try:
        target = _followed(path, folder) if path.is_symlink() else path
        kind = target.lstat().st_mode
        if stat.S_ISDIR(kind):
            raise UntrustedError("is a folder, though it is named like a source; rename it")
        if not stat.S_ISREG(kind):  # not even opened: opening some devices has an effect
            raise UntrustedError("is not a regular file")
        links.require_own(target)
        return read_bytes(target, limit)
    except UntrustedError as error:
        reason = str(error)
        if reason.startswith("larger"):
            reason = (
                f"larger than {FILE_BYTES_MAX >> 20} MiB, or all sources of the folder are "
                f"larger than {FOLDER_BYTES_MAX >> 20} MiB"
            )
        raise BuildError(f"{_shown(path, folder)}: {reason}") from error
    except FileNotFoundError as error:
        raise BuildError(absent(path)) from error
    except OSError as error:
        raise BuildError(f"{_shown(path, folder)}: {error.strerror}") from error


def _followed(path: Path, folder: Path) -> Path:
    """The target of a link, through any number of links, if it is inside the folder."""
    try:
        target = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        raise UntrustedError("is a link to a file that does not exist") from None
    except (RuntimeError, OSError) as error:  # a loop is the one before Python 3.13, then the other
        reason = "is a link that leads in a circle"
        if isinstance(error, PermissionError):
            reason = "is a link to a file that cannot be read"
        raise UntrustedError(reason) from None
    if not target.is_relative_to(folder.resolve()):
        raise UntrustedError("is a link that leads out of the folder; copy the file instead")
    return target


def _shown(path: Path, folder: Path) -> str:
    return clean(os.fsencode(folder.name) + b"/" + os.fsencode(path.relative_to(folder)))[:300]
