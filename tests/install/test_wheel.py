"""Wheel and sdist hold everything that a run needs, and are the same bytes each time."""

from __future__ import annotations

import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from runner.paths import CHECKOUT, IMAGES, LABS, PACKAGE, ROOT, SCHEMA, SPEC
from tests.install.built import built, hatchling, one


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory)


@pytest.fixture(scope="module")
def wheel(dist: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(one(dist, "*.whl"))


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = [each for each in wheel.namelist() if each.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_a_wheel_holds_every_file_of_the_checkout_that_a_run_may_need(
    wheel: zipfile.ZipFile,
) -> None:
    assert CHECKOUT, "the tests run in a checkout"
    whole = [path for top in (PACKAGE, LABS, IMAGES, SCHEMA) for path in top.rglob("*")]
    files = [path for path in whole if path.is_file() and "__pycache__" not in path.parts]
    expected = {
        str(Path("runner") / path.relative_to(PACKAGE))
        if path.is_relative_to(PACKAGE)
        else str(Path("runner", "project") / path.relative_to(ROOT))
        for path in [*files, SPEC]
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected
    assert wheel.read("runner/project/experiments.yaml") == SPEC.read_bytes()


def test_the_same_sources_give_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    """From the checkout and from the unpacked sdist, at another moment and in another folder."""
    hatchling("wheel", ROOT, tmp_path)
    assert one(tmp_path, "*.whl").read_bytes() == one(dist, "*.whl").read_bytes()


def test_both_commands_and_the_licence_are_in_it(wheel: zipfile.ZipFile) -> None:
    about = message_from_string(metadata(wheel, "METADATA"))
    assert about["Name"] == "iolab"
    assert about.get_all("Provides-Extra") == ["cluster", "dev"]
    commands = metadata(wheel, "entry_points.txt")
    assert "iolab = runner.cli:main" in commands
    assert "runner = runner.cli:main" in commands
    assert "[pytest11]\niolab = runner.pytest_plugin" in commands
    assert metadata(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()


def test_what_is_declared_is_what_is_pinned(wheel: zipfile.ZipFile) -> None:
    """pyproject.toml is for those who install the tool, requirements/ for a checkout."""
    about = message_from_string(metadata(wheel, "METADATA"))
    required = [each.split(";") for each in about.get_all("Requires-Dist") or []]
    run = {name.strip().lower() for name, *marker in required if not marker}
    extra = {name.strip().lower() for name, *marker in required if marker}
    assert run == listed("run.in")
    assert extra == listed("dev.in") | listed("build.in") | listed("cluster.in")


def listed(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text().lower().splitlines()
    return {line for line in lines if not line.startswith("-r ")}
