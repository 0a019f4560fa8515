"""A small file system that a test may fill, or turn read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = 512 << 10

needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None,
    reason="A FULL DISK AND A READ-ONLY FOLDER WERE NOT TRIED: mounting a file system needs root",
)


class SmallDisk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """To the last byte."""
        with self._filler.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * 512)
                except OSError:
                    return

    def free(self) -> None:
        self._filler.unlink()

    def freeze(self) -> None:
        mount("-o", "remount,ro", str(self.path))

    def thaw(self) -> None:
        mount("-o", "remount,rw", str(self.path))


@contextmanager
def small_disk(path: Path, size: int = SIZE) -> Iterator[SmallDisk]:
    path.mkdir()
    done = mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path), check=False)
    if done.returncode != 0:
        pytest.skip(f"A FULL DISK AND A READ-ONLY FOLDER WERE NOT TRIED: {done.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=False)


def mount(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *words], check=check, capture_output=True, text=True)
