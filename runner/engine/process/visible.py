"""Which files of the machine a box sees besides the system's programs, and which it must not see.

The shim shows the system's folders (`root.c`). This module handles installations elsewhere: the
Python that runs the lab, a compiler that the user chose. They may be in a home folder, of which the
box must see nothing else.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from runner.paths import CACHE, CHECKOUT, LABS, PACKAGE, ROOT

_LIBRARIES = ("/lib", "/lib32", "/lib64", "/libx32")
SYSTEM = ("/usr", "/bin", "/sbin", *_LIBRARIES, "/nix/store", "/gnu/store", "/etc/alternatives")
_SHARED = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share", "include", "local", "games")
_HOMES = tuple(map(Path, ("/home", "/root", "/var", "/tmp", "/mnt", "/srv", "/media", "/etc")))  # noqa: S108


def private() -> tuple[Path, ...]:
    """Folders that a box must not see: the user's home, this project, the working folder."""
    return _real([*_of_runner(), Path()])


def closed(more: Iterable[Path] = ()) -> tuple[Path, ...]:
    """What a box that has no root of its own must not be able to open: those folders without the
    working folder, `more` paths, and a file of each folder. A folder may hide its list of files and
    still let a file be opened."""
    folders = [path for path in _of_runner() if path != Path("/") and not _of_system(path)]
    existing = [path for path in _real([*folders, *more]) if path.exists()]
    inside = [next(filter(Path.is_file, sorted(each.glob("*"))), each) for each in existing]
    return tuple(dict.fromkeys([*existing, *inside]))


def hidden() -> tuple[Path, ...]:
    """Those of them that would be visible: inside the system's folders, or installed beside the
    packages that a box sees. The home of a daemon's user may be /usr/sbin, which does not count as
    a home."""
    return tuple(
        path
        for path in private()
        if (_inside(path, SYSTEM) and not _of_system(path)) or (not CHECKOUT and path == PACKAGE)
    )


def python() -> tuple[Path, ...]:
    """The interpreter that runs the runner, with its library and its packages."""
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")}
    narrow = [Path(sys.prefix, "pyvenv.cfg"), *map(Path, sorted(libraries))]
    wide = [path for prefix in (sys.prefix, sys.base_prefix) for path in _prefix(Path(prefix))]
    return _shown([*wide, *installation(Path(sys.executable)), *narrow])


def installation(executable: Path) -> tuple[Path, ...]:
    """A program in any folder, with the folders beside its `bin`, through all of its links. If that
    would show a home folder, the program alone."""
    paths: list[Path] = []
    for _ in range(40):
        paths += _prefix(executable.parent.parent) if executable.parent.name == "bin" else []
        paths.append(executable)
        if not executable.is_symlink():
            break
        executable = Path(os.path.normpath(executable.parent / executable.readlink()))
    return _shown(paths)


def readable_by_all(paths: Iterable[Path]) -> bool:
    """Whether a user who owns none of these could read them, as far as their modes show."""
    for path in paths:
        mode = path.stat().st_mode
        if mode & 0o005 != 0o005 and (path.is_dir() or mode & 0o004 == 0):
            return False
    return True


def _of_runner() -> list[Path]:
    own = ROOT if CHECKOUT else PACKAGE
    named = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    of_user = [Path(os.environ[name]) for name in named if name in os.environ]
    return [own, LABS, CACHE, *filter(Path.is_absolute, of_user)]


def _real(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(Path(os.path.realpath(path)) for path in paths))


def _of_system(path: Path) -> bool:
    """A folder that every program uses."""
    shared = {Path(top, name) for top in ("/usr", "/usr/local") for name in _SHARED}
    return path in shared or str(path) in SYSTEM


def _prefix(prefix: Path) -> list[Path]:
    closed = [*_HOMES, *private()]
    open_to_all = not any(prefix == each or prefix in each.parents for each in closed)
    return [prefix] if open_to_all else []


def _shown(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Existing paths that neither the system's folders nor another path shows."""
    kept: list[Path] = []
    blind = tuple(map(str, hidden()))
    for path in paths:
        of_system = _inside(path, SYSTEM) and not _inside(path, blind)
        if path.exists() and not of_system and not _inside(path, tuple(map(str, kept))):
            kept.append(path)
    return tuple(kept)


def _inside(path: Path, folders: Iterable[str]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
