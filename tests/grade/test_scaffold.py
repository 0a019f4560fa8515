"""`runner init homework`: what it makes is a whole assignment."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.cli import cli
from runner.engine.box import Program
from runner.engine.sources import sources_of
from runner.grade.assignment_folder import AssignmentFolder, find_assignment
from runner.grade.error import AssignmentError
from runner.grade.scaffold import MADE_OF, scaffold, write
from runner.paths import LABS


@pytest.mark.parametrize("model", MADE_OF)
def test_each_model_makes_a_valid_assignment_of_a_hundred_points(
    model: str, tmp_path: Path
) -> None:
    write(tmp_path / "made", scaffold("made", model, ("c", "python"), LABS))
    source = AssignmentFolder(tmp_path / "made")
    made = source.load()
    assert (made.points, made.assignment.model) == (100, model)
    assert source.load(public=True).points == 80
    for page in ("README.md", "README.zh.md", "grade.yaml", "hidden.yaml"):
        text = (tmp_path / "made" / page).read_text(encoding="utf-8")
        assert "@" not in text, page


@pytest.mark.parametrize("place", ["starter", "reference"])
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_both_servers_need_nothing_but_their_own_folder(place: str, tmp_path: Path) -> None:
    write(tmp_path / "made", scaffold("made", "poll", ("c",), LABS))
    folder = tmp_path / "made" / place
    sources = sorted(map(str, folder.glob("*.c")))
    command = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", *sources]
    subprocess.run([*command, "-o", str(tmp_path / "server")], check=True)
    assert "server/server.c" in sources_of(Program("server", folder, "c"), LABS).compiled


def test_the_command_says_what_to_type_next(tmp_path: Path) -> None:
    words = ["init", "homework", "my-poll", "--model", "poll", "--into", str(tmp_path)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    assert (
        f"$ runner grade {tmp_path}/my-poll --submission {tmp_path}/my-poll/starter --into tried"
        in done.output
    )


def test_a_student_types_the_handout_in_a_copy_of_the_starter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "made", scaffold("made", "poll", ("c",), LABS))
    shutil.copytree(tmp_path / "made" / "starter", tmp_path / "made" / "my_server")
    monkeypatch.chdir(tmp_path / "made" / "my_server")
    for page in ("README.md", "README.zh.md"):
        text = (tmp_path / "made" / page).read_text(encoding="utf-8")
        [named] = re.findall(r"\$ runner grade (\S+) --public --submission \.\n", text)
        assert find_assignment(named).name == "made"


@pytest.mark.parametrize("name", ["My-Poll", "../x", "a/b", "", "-x", "x" * 64])
def test_a_name_is_a_plain_one(name: str) -> None:
    with pytest.raises(AssignmentError, match="no name of an assignment"):
        scaffold(name, "poll", ("c",), LABS)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    files = scaffold("made", "epoll", ("c",), LABS)
    write(tmp_path / "made", files)
    with pytest.raises(AssignmentError, match="exists; choose another name"):
        write(tmp_path / "made", files)
