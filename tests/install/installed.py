"""The wheel, installed for a user who may write nothing there, in a folder with spaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.paths import CACHE
from tests.install.built import one

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Installed:
    """`user` are the words before a command that the tool's user types, if that is not us."""

    environment: Path
    work: Path
    home: Path
    user: tuple[str, ...]

    def run(
        self, *words: str, command: str = "iolab", as_root: bool = False
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(() if as_root else self.user), self.environment / "bin" / command, *words],
            cwd=self.work, capture_output=True, text=True, timeout=110, check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home)},
        )  # fmt: skip

    def files(self) -> dict[str, int]:
        """Every file of the installation, with its time of change."""
        return {str(path): path.lstat().st_mtime_ns for path in self.environment.rglob("*")}


@contextmanager
def installed(dist: Path) -> Iterator[Installed]:
    """Not below pytest's own folder, which no other user may enter."""
    with TemporaryDirectory(prefix="iolab installed ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python, user = _another_user() or (sys.executable, ())
        tool = Installed(folder / "the tool", folder / "my work", folder / "home", user)
        for own in (tool.work, tool.home / ".cache" / "iolab" / "bin"):
            own.mkdir(parents=True)
        # What is compiled of the same sources has the same name: only a server is compiled anew.
        for program in CACHE.glob("bin/*"):
            if program.name.startswith(("fleet-", "shim-", "talker-")):
                shutil.copy(program, tool.home / ".cache" / "iolab" / "bin")
        _install(python, tool.environment, one(dist, "*.whl"))
        if user:
            for path in (tool.work, *tool.home.rglob("*"), tool.home):
                shutil.chown(path, NOBODY, NOBODY)
        for path in tool.environment.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        yield tool
        for path in tool.environment.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)


def _install(python: str, environment: Path, wheel: Path) -> None:
    """Only the wheel is new: the packages that it needs are those of the tests."""
    subprocess.run([python, "-m", "venv", "--without-pip", environment], timeout=60, check=True)
    here = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(here), "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", wheel], timeout=60, check=True)
    site = subprocess.run(
        [here, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    # A path in a .pth file is searched, and its own .pth files are not read: the checkout, which is
    # installed there for editing, is not found.
    theirs = sysconfig.get_path("purelib")
    Path(site.stdout.strip(), "packages-of-the-tests.pth").write_text(f"{theirs}\n")


def _another_user() -> tuple[str, tuple[str, ...]] | None:
    """A Python of our version that this user may start with our packages, if we may become it."""
    user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    python = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    if os.geteuid() != 0 or python is None:
        return None
    test = f"import sys; sys.path.append({sysconfig.get_path('purelib')!r}); import numpy, pydantic"
    tried = subprocess.run(
        [*user, python, "-c", test], cwd="/", capture_output=True, timeout=60, check=False
    )
    return (python, user) if tried.returncode == 0 else None
