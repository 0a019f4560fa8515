"""`runner init comparison` and `runner init course`: what they make runs at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.grade.assignment_folder import AssignmentFolder
from tests.cli.inside import told

QUICK = ["--repeat", "1"]
for value in ("duration=50ms", "warmup=20ms", "disturbance=100%", "budget=10s"):
    QUICK += ["--set", f"defaults.{value}"]
LANGUAGES = {"c": "server.c", "python": "server.py"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.skipif(shutil.which("cc") is None, reason="NOT RUN: a C compiler is missing")
def test_a_comparison_runs_as_it_is(
    language: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told("init", "comparison", "my comparison", "--language", language)
    assert made.code == Exit.OK, made.all
    assert (here / "my comparison/my_server" / LANGUAGES[language]).is_file()
    monkeypatch.chdir(here / "my comparison")
    done = told("run", "--engine", "process", *QUICK)
    # One repeat decides no ratio; that each reply is right, and the contract kept, it decides.
    assert done.code == Exit.INCONCLUSIVE, done.all
    assert re.search(r"PASS +no reply is lost or wrong \(8 cells\)", done.out), done.all
    assert re.search(r"PASS +1/1 +contract", done.out), done.all


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_course_has_a_lecture_two_assignments_and_submissions(
    language: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told("init", "course", "course", "--language", language)
    assert made.code == Exit.OK, made.all
    course = here / "course"
    for model in ("select", "epoll"):
        assert AssignmentFolder(course / "assignments" / model).load().points == 100
    for name, place in {"as-given": "starter", "right": "reference"}.items():
        handed_in = course / "handed-in" / name / LANGUAGES[language]
        given = course / "assignments/select" / place / LANGUAGES[language]
        assert handed_in.read_bytes() == given.read_bytes()
    monkeypatch.chdir(course)
    planned = told("run", "--dry-run", "--engine", "process")
    assert planned.code == Exit.OK, planned.all
    assert "idle/lab=epoll" in planned.out


@pytest.mark.parametrize("kind", ["comparison", "course"])
def test_every_command_in_what_is_made_exists(kind: str, here: Path) -> None:
    assert told("init", kind, "made").code == Exit.OK
    typed = set()
    for path in [*here.glob("made/*.md"), *here.glob("made/.github/workflows/*.yml")]:
        text = path.read_text(encoding="utf-8")
        assert "@" not in text.replace("actions/checkout@v4", "").replace(
            "actions/setup-python@v5", ""
        ).replace("actions/upload-artifact@v4", ""), path
        typed |= set(re.findall(r"^ *`?runner (\w+)", text, re.MULTILINE))
        if path.suffix == ".yml":
            assert yaml.safe_load(text)["jobs"]
    assert typed
    assert typed <= set(cli.list_commands(None))  # type: ignore[arg-type]


def test_a_folder_that_exists_is_left_as_it_is(here: Path) -> None:
    (here / "mine").mkdir()
    (here / "mine/server.c").write_text("mine")
    done = told("init", "comparison", "mine")
    assert done.code == Exit.USAGE
    assert "mine exists; choose another name" in done.err
    assert (here / "mine/server.c").read_text() == "mine"
