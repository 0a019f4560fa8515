"""The sdist of this checkout, and the wheel that is made from it, without a network."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from runner.paths import ROOT
from tests.compiled_once import compiled_once


def built(factory: pytest.TempPathFactory) -> Path:
    """A folder with both. The wheel is made from the unpacked sdist, as pip makes it where an index
    has no wheel: what the sdist lacks, the wheel lacks."""
    return compiled_once(factory, "dist", _build)


def _build(into: Path) -> None:
    hatchling("sdist", ROOT, into)
    with tarfile.open(one(into, "*.tar.gz")) as sdist:
        sdist.extractall(into / "unpacked", filter="data")
    hatchling("wheel", one(into / "unpacked", "iolab-*"), into)


def hatchling(target: str, source: Path, into: Path) -> None:
    """The build backend that pyproject.toml names, without the isolated environment that a front
    end would download it into."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into],
        cwd=source, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"type: make setup\n{done.stderr}"


def one(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path
