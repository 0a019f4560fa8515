"""A submission is opened, accepted as a whole, and only then written."""

from __future__ import annotations

import io
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runner.engine.digest import digest, in_order
from runner.grade.intake.formats import HEAD_BYTES, Format, required_format, without_suffixes
from runner.grade.intake.member import kind_of
from runner.grade.intake.refusal import IntakeError, about, shown
from runner.grade.intake.tree import Tree
from runner.grade.intake.unpack import Stream
from runner.grade.intake.untar import tar_members
from runner.grade.intake.unzip import zip_members
from runner.grade.intake.walk import folder_members
from runner.paths import LABS
from runner.untrusted import clean

ARCHIVE_BYTES_MAX = 128 << 20
"""Of the archive itself: sources, and a `.git` or a virtual environment that was packed as well."""
NAME_MAX = 100
_CHANGED = "changed while it was read; wait until all of it is uploaded, and try again"


@dataclass(frozen=True, slots=True)
class Intake:
    """An accepted submission."""

    folder: Path
    """Holds the copy and nothing else."""
    name: str
    """The name of the folder, or of the archive without its suffix; safe to print. Two submissions
    may have the same."""
    sha256: str
    """The hash of the names and contents of all files, the same for a folder and for its
    archives."""
    files: int
    size: int
    """Bytes."""
    dropped: tuple[str, ...]
    """What was left out: a line for each file or folder, with the reason."""


def intake(path: Path, into: Path) -> Intake:
    """Copies the submission into a folder that does not exist, or is empty. Raises IntakeError if
    the submission is at fault, and OSError if the copy cannot be written; then `into` is as it
    was, or gone."""
    name = _name(path)
    try:
        files, dropped = _accepted(path)
    except IntakeError as error:
        raise IntakeError(f"{shown(path.name or name)}: {error}") from None
    _write(files, into)
    size = sum(map(len, files.values()))
    return Intake(into, name, digest(in_order(files)), len(files), size, dropped)


def _accepted(path: Path) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    tree = _tree(path)
    outside: tuple[str, ...] = ()
    if inner := tree.only_archive():
        outside = tree.dropped
        try:
            tree = _tree_of_archive(io.BytesIO(inner[1]))
        except IntakeError as error:
            raise about(inner[0], str(error)) from None
    tree.drop_archives()
    dropped = outside + tree.dropped
    if not tree.files:
        without = f" but what is not graded ({dropped[0]})" if dropped else ""
        raise IntakeError(f"holds no files{without}; hand in your sources")
    return tree.files, dropped


def _tree(path: Path) -> Tree:
    descriptor = _opened(path)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        with os.fdopen(descriptor, "rb") as file:
            return _tree_of_file(file)
    try:
        # The project's own folders may be a copy by hard links, as a checkout is.
        own = path.resolve().is_relative_to(LABS)
        return Tree(folder_members(descriptor, links_are_own=own))
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """The descriptor of a regular file or a folder."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        _require_kind(path.lstat().st_mode)  # first: to open some devices has an effect
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise IntakeError("does not exist; look at the spelling of its name") from None
    except OSError as error:
        raise IntakeError(f"cannot be read: {error.strerror}") from None
    try:
        _require_kind(os.fstat(descriptor).st_mode)
    except IntakeError:
        os.close(descriptor)
        raise
    return descriptor


def _require_kind(mode: int) -> None:
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise IntakeError(f"is {kind_of(mode)}; hand in a folder or an archive itself")


def _tree_of_file(file: BinaryIO) -> Tree:
    before = _state(file)
    if before[0] > ARCHIVE_BYTES_MAX:
        raise IntakeError(
            f"is larger than {ARCHIVE_BYTES_MAX >> 20} MiB; hand in the sources alone"
        )
    try:
        tree = _tree_of_archive(file)
    except IntakeError:
        if _state(file) != before:
            raise IntakeError(_CHANGED) from None
        raise
    if _state(file) != before:
        raise IntakeError(_CHANGED)
    return tree


def _tree_of_archive(file: BinaryIO) -> Tree:
    packed = required_format(file.read(HEAD_BYTES))
    file.seek(0)
    if packed is Format.ZIP:
        return Tree(zip_members(file))
    return Tree(tar_members(Stream(file, packed)))


def _state(file: BinaryIO) -> tuple[int, int, int]:
    now = os.fstat(file.fileno())
    return now.st_size, now.st_mtime_ns, now.st_ctime_ns


def _name(path: Path) -> str:
    name = clean(path.name if path.name not in ("", "..") else path.resolve().name)
    name = without_suffixes(name).strip()[:NAME_MAX]
    return name if name.strip(".") else "submission"


def _write(files: Mapping[str, bytes], into: Path) -> None:
    """Plain files that every user may read, whatever this process's umask is. An engine runs boxes
    as another user."""
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise FileExistsError(f"{shown(str(into))} is not empty")
    try:
        for name, content in sorted(files.items()):
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)
        for folder in (into, *(path for path in into.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
    except OSError:
        shutil.rmtree(into, ignore_errors=True)
        raise
