"""What lies in a student's folder and is no part of the submission: hidden files, what systems and
tools leave behind, and everything that was compiled. A prebuilt program is never used.

By name, so that a whole folder is left out at once. `tree` leaves out what was compiled by its
first bytes as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from runner.engine.folder import SUFFIXES
from runner.grade.intake.formats import ARCHIVE_SUFFIXES

SOURCES = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
OTHER_BYTES_MAX = 1 << 20
"""A larger file that is no source is left out: a video, a data set. Nothing reads it."""
_FOLDERS = {
    "__MACOSX": "made by macOS",
    "__pycache__": "made by Python",
    "CMakeFiles": "made by CMake",
    "grades": "made by runner grade",  # by default in the folder where it is typed
    "node_modules": "installed packages",
    "venv": "installed packages",
}
_FOLDER_SUFFIXES = {".dSYM": "made by the compiler", ".egg-info": "made by Python"}
_FILES = {"Thumbs.db": "made by Windows", "desktop.ini": "made by Windows"}
_COMPILED = (
    *(".o", ".obj", ".a", ".lib", ".so", ".dylib", ".dll", ".exe", ".ko", ".gch", ".gcda", ".gcno"),
    *(".pyc", ".pyo", ".pyd", ".whl", ".class", ".jar"),
)
COMPILED = "compiled, and only sources are graded"


@dataclass(frozen=True, slots=True)
class Leftover:
    """`path` is the file, or the folder with all that is in it, which ends with `/`."""

    path: str
    why: str


def by_name(parts: tuple[str, ...], *, folder: bool) -> Leftover | None:
    for depth, part in enumerate(parts, 1):
        whole = "/".join(parts[:depth])
        if depth < len(parts) or folder:
            why = _FOLDERS.get(part) or _FOLDER_SUFFIXES.get(PurePosixPath(part).suffix)
            if part.startswith(".") or why:
                return Leftover(f"{whole}/", why or "hidden")
        elif why := _of_file(part):
            return Leftover(whole, why)
    return None


def by_size(path: str, size: int) -> Leftover | None:
    """A source of any size is kept, or refused elsewhere; so is an archive, which may be all that
    the submission holds."""
    suffix = PurePosixPath(path).suffix
    if size <= OTHER_BYTES_MAX or suffix in SOURCES or suffix.lower() in ARCHIVE_SUFFIXES:
        return None
    return Leftover(path, f"larger than {OTHER_BYTES_MAX >> 20} MiB, and no source")


def _of_file(name: str) -> str | None:
    if name.startswith("."):
        return "hidden"
    if name in _FILES:
        return _FILES[name]
    if name.endswith("~"):
        return "a backup of an editor"
    if name == "a.out" or PurePosixPath(name).suffix.lower() in _COMPILED:
        return COMPILED
    return None
