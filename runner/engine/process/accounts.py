"""User ids for boxes, where the kernel refuses namespaces to root: as in a container without
privileges.

Each box has a user id that owns nothing, and that no other process has while the box exists. Its
folder holds its program, is closed to all other users, and is locked while the box exists. A folder
that is not locked is what a killed runner left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.engine.box import EngineError
from runner.engine.scratch import locked

FIRST, COUNT = 60_600, 500
"""Neither Debian's users (to 60000) nor those of systemd (60001 to 60577, from 61184) have them.
The one below FIRST is the shim's: end.c."""
TMP = "tmp"
"""In a box's folder: what its user may write to."""
_SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")  # noqa: S108 - every user's
_END_SECONDS, _LOOK_AGAIN = 5.0, 0.01


@dataclass(slots=True)
class Account:
    """The user id of one box, and its folder. `lock` is a descriptor of the folder, -1 once it is
    closed."""

    uid: int
    folder: Path
    lock: int

    @property
    def tmp(self) -> Path:
        return self.folder / TMP

    def place(self, source: Path, at: str) -> Path:
        """A copy of a file or a folder in the box's folder, below which `at` is an absolute path.
        The box's user can read it, whatever the umask, and cannot change it."""
        target = self.folder / at.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
            target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
        self.open_to_box(target)
        return target

    def open_to_box(self, path: Path) -> None:
        """With all folders above it that are the box's."""
        for below in path.rglob("*") if path.is_dir() else ():
            below.chmod(0o755 if os.access(below, os.X_OK) else 0o644)
        for each in (path, *path.parents):
            if each == self.folder:
                break
            if each.is_dir():
                each.chmod(0o755)

    def leave(self) -> None:
        """No process of the user is left afterwards, and no file. Raises EngineError if a process
        does not end: then no other box gets this user id."""
        if self.lock < 0:
            return
        deadline = time.monotonic() + _END_SECONDS
        while left := processes_of(self.uid):
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise EngineError(f"processes of user {self.uid} do not end: {left}")
            time.sleep(_LOOK_AGAIN)
        for folder in _SHARED:
            _remove_owned(Path(folder), self.uid)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)
        self.lock = -1


def claim(base: Path) -> Account:
    """A user id that no process has, and a new folder for it. Raises EngineError."""
    first = secrets.randbelow(COUNT)
    with _refusing(base):
        _make_base(base)
        with locked(base, fcntl.LOCK_SH):  # no sweep between making and locking
            for number in range(COUNT):
                uid = FIRST + (first + number) % COUNT
                folder = base / str(uid)
                if _known(uid) or processes_of(uid):
                    continue
                with contextlib.suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
                    return _furnished(uid, folder)
    raise EngineError(f"all user ids from {FIRST} to {FIRST + COUNT - 1} are in use")


def sweep(base: Path) -> int:
    """Ends the processes of boxes whose runner has ended, and removes their folders. Returns how
    many. Never raises."""
    removed = 0
    with contextlib.suppress(OSError), locked(base, fcntl.LOCK_EX):
        for folder in list(base.iterdir()):
            with contextlib.suppress(OSError, ValueError, EngineError):
                lock = _lock(folder)
                Account(int(folder.name), folder, lock).leave()
                removed += 1
    return removed


def folder_of_boxes() -> Path:
    """Where every user can reach a folder whose path it knows."""
    return Path(tempfile.gettempdir()) / "iolab-boxes"


def processes_of(uid: int) -> list[int]:
    """The processes that have it among their real, effective, saved and file system user ids."""
    found = []
    for path in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = path.read_bytes()
            line = next(line for line in text.splitlines() if line.startswith(b"Uid:"))
            ended = b"\nState:\tZ" in text or b"\nState:\tX" in text
            if str(uid).encode() in line.split()[1:] and not ended:
                found.append(int(path.parent.name))
    return found


def _make_base(base: Path) -> None:
    base.mkdir(mode=0o711, exist_ok=True)
    about = base.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o022:
        raise EngineError(f"{base} is not a folder of this user alone; remove it")
    base.chmod(0o711)


def _furnished(uid: int, folder: Path) -> Account:
    account = Account(uid, folder, _lock(folder))
    account.tmp.mkdir()
    account.tmp.chmod(0o700)
    os.chown(account.tmp, uid, uid)
    os.chown(folder, -1, uid)
    folder.chmod(0o710)
    return account


def _lock(folder: Path) -> int:
    """Raises OSError if a runner has locked it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _known(uid: int) -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwuid(uid)
        return True
    return False


def _remove_owned(folder: Path, uid: int) -> None:
    with contextlib.suppress(OSError):
        for entry in list(folder.iterdir()):
            with contextlib.suppress(OSError):
                about = entry.lstat()
                if about.st_uid == uid and stat.S_ISDIR(about.st_mode):
                    shutil.rmtree(entry, ignore_errors=True)
                elif about.st_uid == uid:
                    entry.unlink()


@contextlib.contextmanager
def _refusing(base: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or base}: {error.strerror}") from error
