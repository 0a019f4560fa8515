"""Takes a submission in, and holds what must be true of every submission, taken or refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runner.grade.intake import Intake, IntakeError, intake

HIDDEN = "what the submission must not reach"


def state_of(folder: Path) -> dict[str, object]:
    """Every name below the folder with all that a stranger could change; links are not followed."""
    found: dict[str, object] = {}
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(here, name)
            about = path.lstat()
            found[str(path)] = (about.st_mode, about.st_uid, about.st_nlink, _begin(path, about))
    return found


def _begin(path: Path, about: os.stat_result) -> bytes:
    if not stat.S_ISREG(about.st_mode):
        return b""
    with path.open("rb") as file:
        return file.read(1000)


def taken(path: Path, within: Path) -> Intake:
    """The submission, accepted: its copy holds plain files and plain folders."""
    into = within / "taken" / "copy"
    found = intake(path, into)
    assert_plain(found)
    return found


def refused(path: Path, within: Path) -> str:
    """The reason, in one line for a student: nothing was written, and nothing else was changed."""
    secret = within / "secret.c"
    secret.write_text(HIDDEN, encoding="utf-8")
    before = state_of(within)
    try:
        found = intake(path, within / "taken" / "copy")
    except IntakeError as error:
        reason = str(error)
    else:
        raise AssertionError(f"it was accepted: {sorted(state_of(found.folder))}")
    assert state_of(within) == before
    assert_reason(reason)
    return reason


def assert_reason(reason: str) -> None:
    assert reason.isprintable()
    assert 10 < len(reason) < 600
    assert HIDDEN not in reason


def assert_plain(found: Intake) -> None:
    files = size = 0
    for here, folders, names in os.walk(found.folder):
        for name in folders:
            about = Path(here, name).lstat()
            assert stat.S_ISDIR(about.st_mode)
            assert stat.S_IMODE(about.st_mode) == 0o755
        for name in names:
            about = Path(here, name).lstat()
            assert stat.S_ISREG(about.st_mode)
            assert stat.S_IMODE(about.st_mode) == 0o644
            assert (about.st_nlink, about.st_uid) == (1, os.geteuid())
            files += 1
            size += about.st_size
    assert (files, size) == (found.files, found.size)
    assert files
    assert found.name.isprintable()
    assert found.name.strip(".")
    assert len(found.sha256) == 64
    assert all(line.isprintable() for line in found.dropped)


def copied(found: Intake) -> dict[str, bytes]:
    return {
        path.relative_to(found.folder).as_posix(): path.read_bytes()
        for path in found.folder.rglob("*")
        if path.is_file()
    }


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def archive(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
