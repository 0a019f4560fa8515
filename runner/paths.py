"""Where things are: the project's own folders, in a checkout or as they were installed, and the
cache that `make clean` empties."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_IN_A_WHEEL = PACKAGE / "project"
"""Made by the build alone (pyproject.toml): a checkout has no such folder."""
CHECKOUT = not _IN_A_WHEEL.is_dir()
ROOT = PACKAGE.parent if CHECKOUT else _IN_A_WHEEL
LABS = ROOT / "labs"
IMAGES = ROOT / "images"
SCHEMA = ROOT / "schema"
SPEC = ROOT / "experiments.yaml"
"""The main job."""
SECCOMP_PROFILE = IMAGES / "seccomp" / "profile.json"
"""What the box of io_uring is given: docker-compose.yml and the engine read the same."""
FLEET = PACKAGE / "native" / "fleet"
TALKER = PACKAGE / "native" / "talker"
SHIM = PACKAGE / "native" / "shim"
AS_USER = PACKAGE / "native" / "as_user"
TRACER = IMAGES / "tracer"


def cache_folder(checkout: Path | None) -> Path:
    """`.cache` of the checkout; where there is none, or this user cannot write to it, the user's
    own cache; without a home a folder for temporary files. What is in it is named by content and
    can be made anew."""
    own = checkout and checkout / ".cache"
    if own and all(os.access(path, os.W_OK | os.X_OK) for path in _written_to(own)):
        return own
    home = os.environ.get("HOME", "")
    for base in (os.environ.get("XDG_CACHE_HOME", ""), home and f"{home}/.cache"):
        if Path(base).is_absolute() and os.access(_first_that_is(Path(base)), os.W_OK | os.X_OK):
            return Path(base) / "iolab"
    return own_folder(Path(tempfile.gettempdir())) or Path(tempfile.mkdtemp(prefix="iolab-"))


def _written_to(own: Path) -> list[Path]:
    below = [path for path in (own / "bin", own / "boxes", own / "copies") if _is(path)]
    return [_first_that_is(own), *below]


def _is(path: Path) -> bool:
    """Also where a folder above it may not be looked into."""
    try:
        return path.exists()
    except OSError:
        return False


def _first_that_is(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if _is(each))


def own_folder(parent: Path, *, make: bool = True) -> Path | None:
    """A folder of this user's, in one where all users may make some. None where another user has
    made one of that name, and where there is none and none shall be made."""
    chosen = parent / f"iolab-{os.geteuid()}"
    with suppress(OSError):
        if make:
            chosen.mkdir(mode=0o700, exist_ok=True)
        about = chosen.lstat()
        if (
            stat.S_ISDIR(about.st_mode)
            and about.st_uid == os.geteuid()
            and not about.st_mode & 0o022
        ):
            return chosen
    return None


CACHE = cache_folder(ROOT if CHECKOUT else None)
