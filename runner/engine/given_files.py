"""The files of a server that is given as a command: read once, and used with the same bytes by both
engines."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import BuildError
from runner.engine.digest import digest, in_order
from runner.untrusted import clean

BYTES_MAX = 256 << 20
"""More than a program of Go or a Java archive with its libraries."""
FILES_MAX = 2000


@dataclass(frozen=True, slots=True)
class Files:
    """`contents` by their paths in the working folder; `programs` are those that can be run."""

    contents: Mapping[str, bytes]
    programs: frozenset[str]

    @property
    def key(self) -> str:
        """A SHA-256 of all of it."""
        listed = [name.encode() for name in sorted(self.programs)]
        return digest([*listed, b"", *in_order(self.contents)])


def files_of(paths: tuple[Path, ...]) -> Files:
    """Each file, and all regular files below each folder. Raises BuildError, with the file and the
    reason."""
    contents: dict[str, bytes] = {}
    programs: set[str] = set()
    left = BYTES_MAX
    for name, path in _every(paths):
        if name in contents:
            raise BuildError(f"{clean(name)}: two of `files` have this name")
        try:
            mode = path.stat().st_mode
            content = path.read_bytes() if stat.S_ISREG(mode) else None
        except OSError as error:
            raise BuildError(f"{clean(str(path))}: {error.strerror}") from None
        if content is None:
            raise BuildError(f"{clean(str(path))}: this is no regular file")
        left -= len(content)
        if left < 0 or len(contents) >= FILES_MAX:
            most = f"{FILES_MAX} files or {BYTES_MAX >> 20} MiB"
            raise BuildError(f"{clean(str(path))}: `files` hold more than {most}")
        contents[name] = content
        if mode & 0o111:
            programs.add(name)
    return Files(contents, frozenset(programs))


def _every(paths: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    """Files by their names in the working folder. Links are followed where the user names them, and
    not below a folder: there one could lead anywhere."""
    for path in paths:
        if not path.is_dir():
            yield path.name, path
            continue
        for here, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(here, name)
                if not file.is_symlink():
                    yield f"{path.name}/{file.relative_to(path).as_posix()}", file
