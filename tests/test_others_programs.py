"""The runner starts no program, and imports no module, that the folder it works in brings along."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import grade_many
from runner.machine import gather
from runner.machine.doctor import Docker
from runner.machine.doctor.gather import gather as examined

LEAVES = "touch {mark}; cat"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With one commit, and after it one change."""
    if shutil.which("git") is None:
        pytest.skip("NO REVISIONS: git is missing")
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "server.c").write_text("1\n")
    (folder / "größe.c").write_bytes(b"1\n")
    for words in (
        ("init", "-q", "."),
        ("add", "server.c"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"),
        ("config", "core.quotepath", "false"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / "server.c").write_text("2\n")
    return folder


def revision(folder: Path) -> str:
    return str(gather(folder)["labs_git"])


def test_a_tree_with_changes_is_marked(repository: Path) -> None:
    assert revision(repository).endswith("+")
    (repository / os.fsdecode(b"gr\xf6sse.c")).write_text("a name that is no UTF-8")
    assert revision(repository).endswith("+")


@pytest.mark.parametrize("setting", ["core.fsmonitor", "filter.x.clean", "filter.x.process"])
def test_a_tree_of_a_stranger_starts_no_program(repository: Path, setting: str) -> None:
    """`git status` runs what the tree's own settings name, with the rights of its caller."""
    mark = repository.parent / "ran"
    subprocess.run(["git", "config", setting, LEAVES.format(mark=mark)], cwd=repository, check=True)
    (repository / ".gitattributes").write_text("* filter=x\n")
    assert len(revision(repository)) >= 41
    assert not mark.exists()


@pytest.mark.parametrize("name", ["json.py", "select.py", "runner.py", "socket.py"])
def test_doctor_imports_nothing_of_the_working_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student's first server is often called select.py."""
    (tmp_path / name).write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(tmp_path)
    attempts = examined(tmp_path, Docker("not asked"), ()).attempts
    assert not [said for said in attempts.values() if "not tried" in said]


def test_the_runner_of_a_class_imports_nothing_of_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')\n")
    assert grade_many.RUNNER[0] == sys.executable
    done = subprocess.run(
        [*grade_many.RUNNER, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
