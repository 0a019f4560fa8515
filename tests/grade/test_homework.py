"""Every assignment of labs/homework is whole: files, both handouts, points, programs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.grade.assignment_folder import assignments
from runner.grade.phases import timed
from runner.paths import LABS
from runner.spec import load_assignment

from .homework import ASSIGNMENTS, HANDOUTS, HOMEWORK, Assignment, code, headings, points

each_assignment = pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=str)
each_handout = pytest.mark.parametrize("handout", HANDOUTS)
SERVERS = [
    pytest.param(source, id=f"{assignment}-{part}-{source.suffix[1:]}")
    for assignment in ASSIGNMENTS
    for part in ("starter", "reference")
    for source in assignment.sources(part)
]
each_server = pytest.mark.parametrize("source", SERVERS)
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")


def test_there_are_assignments() -> None:
    assert len(ASSIGNMENTS) >= 4


@each_assignment
def test_an_assignment_is_whole(assignment: Assignment) -> None:
    for source in [*assignment.sources("starter"), *assignment.sources("reference")]:
        assert source.is_file(), source
    assert all((assignment.folder / name).is_file() for name in HANDOUTS)


@each_assignment
def test_its_checks_are_valid_and_worth_a_hundred_points(assignment: Assignment) -> None:
    whole = load_assignment(assignment.folder / "grade.yaml")
    assert whole.points == 100
    assert {check.hidden for check in whole.experiments} == {False, True}
    assert all(check.hint for check in whole.experiments if not check.hidden)


@each_assignment
def test_only_hidden_checks_need_the_reference(assignment: Assignment) -> None:
    """Students have no reference: what they run at home must do without it."""
    for check in assignment.checks("grade.yaml"):
        assert "reference" not in str(check), check["id"]
    assert any("reference" in str(check) for check in assignment.checks("hidden.yaml"))


@each_assignment
@each_handout
def test_the_handout_has_the_checks_of_the_spec(assignment: Assignment, handout: str) -> None:
    rows = assignment.rows(handout)
    public = assignment.checks("grade.yaml")
    assert {row.id: row.points for row in rows} == {each["id"]: points(each) for each in public}
    assert {row.id: set(row.needs) for row in rows} == {
        each["id"]: set(each.get("needs", [])) for each in public
    }
    hidden = sum(points(each) for each in assignment.checks("hidden.yaml"))
    assert assignment.hidden_points(handout) == hidden


@pytest.mark.parametrize("page", HANDOUTS)
def test_the_list_has_the_points_and_the_time_of_each_assignment(page: str) -> None:
    text = (HOMEWORK / page).read_text(encoding="utf-8")
    for folder in assignments():
        spec = folder.load()
        whole = [each for each in spec.experiments if not each.bonus]
        figures = [
            sum(each.points for each in whole if not each.hidden),
            sum(each.points for each in whole if each.hidden),
            sum(each.points for each in spec.experiments if each.bonus),
            sum(each.points for each in whole if timed(each)),
            spec.assignment.expected / 1e9,
        ]
        cells = " | ".join(f"{each:g}" if each else "–" for each in figures)
        assert f"| {folder.name} | {cells} s |" in text


@each_assignment
def test_the_handout_has_the_bounds_of_the_speed(assignment: Assignment) -> None:
    [speed] = [each for each in assignment.checks("hidden.yaml") if each["id"] == "speed"]
    low, high = (each["at_least"] for each in speed["expect"])
    assert f"Half of its points are for {low}, half for {high}." in assignment.text("README.md")
    assert f"达到 {low} 得一半分，达到 {high} 得全部。" in assignment.text("README.zh.md")


@each_assignment
def test_both_handouts_say_the_same(assignment: Assignment) -> None:
    english, chinese = (assignment.text(name) for name in HANDOUTS)
    assert len(headings(english)) > 6
    assert headings(english) == headings(chinese)
    assert code(english) == code(chinese)
    assert assignment.rows("README.md") == assignment.rows("README.zh.md")
    for kind in (r"^- \*\*", r"^\d\. ", r"^- "):
        counts = [len(re.findall(kind, text, re.MULTILINE)) for text in (english, chinese)]
        assert counts[0] == counts[1], kind
    assert len(re.findall(r"[\u4e00-\u9fff]", chinese)) > 600
    assert not re.search(r"[\u4e00-\u9fff]", english.replace("中文", ""))


@each_assignment
def test_a_handout_leads_to_its_twin_and_to_the_list(assignment: Assignment) -> None:
    name = assignment.folder.name
    first = {"README.md": "[中文](README.zh.md) · [all assignments](../README.md)"}
    first["README.zh.md"] = "[English](README.md) · [全部作业](../README.zh.md)"
    for handout in HANDOUTS:
        text = assignment.text(handout)
        assert text.splitlines()[0] == first[handout]
        assert f"runner grade {name} --public --submission ." in text
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (assignment.folder / target).exists(), target
        index = (HOMEWORK / handout).read_text(encoding="utf-8")
        [port] = re.findall(
            rf"^\| \[{name}\]\({name}/{handout}\) \|.*\| (\d+) \|$", index, re.MULTILINE
        )
        assert port in text


def test_both_lists_say_the_same() -> None:
    english, chinese = ((HOMEWORK / name).read_text(encoding="utf-8") for name in HANDOUTS)
    assert headings(english) == headings(chinese)
    assert code(english) == code(chinese)
    folders = {path.name for path in HOMEWORK.iterdir() if path.is_dir()}
    assert folders == {str(assignment) for assignment in ASSIGNMENTS}


def test_the_page_names_the_solution_that_is_in_the_open() -> None:
    """If the two files ever differ, the page for instructors says something else."""
    solution = HOMEWORK / "coroutine-loop" / "reference" / "loop.py"
    assert solution.read_bytes() == (LABS / "aecho" / "loop.py").read_bytes()
    for name in HANDOUTS:
        assert "](../aecho/loop.py)" in (HOMEWORK / name).read_text(encoding="utf-8")


# ---- The programs ------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Path, source: Path) -> Path:
    """A copy of the server's folder, from which nothing else of the project is in reach."""
    return Path(shutil.copytree(source.parent, tmp_path / "home" / "my_server"))


def made(folder: Path, source: Path) -> list[str]:
    """The command of the server, compiled as the page says, and more strictly."""
    if source.suffix == ".py":
        return [sys.executable, str(folder / source.name)]
    [flags] = re.findall(r"^ \* Build: (.*)$", source.read_text(encoding="utf-8"), re.MULTILINE)
    own = sorted(str(path) for path in folder.glob("*.c"))
    options = [flag for flag in flags.split() if not flag.startswith("-l")]
    libraries = [flag for flag in flags.split() if flag.startswith("-l")]
    argv = ["cc", *STRICT, *options, *own, "-o", str(folder / "server"), *libraries]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "liburing.h: No such file" in done.stderr:
        pytest.skip("liburing-dev; type: sudo apt-get install liburing-dev")
    assert done.returncode == 0, done.stderr
    return [str(folder / "server")]


@each_server
def test_it_builds_clean_says_ready_and_ends_without_the_project(alone: Path, source: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PORT": "0"}
    argv = made(alone, source)
    with subprocess.Popen(
        argv, cwd=alone, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        if first.startswith("MISSING "):
            pytest.skip(first.strip())
        assert re.fullmatch(r"READY port=\d+ model=\w+\n", first), process.communicate()
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


@each_server
def test_a_wrong_setting_is_one_line(alone: Path, source: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PORT": "65536"}
    done = subprocess.run(
        made(alone, source), cwd=alone, env=env, capture_output=True, text=True, check=False,
        timeout=20,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "PORT=65536: expected a whole number from 0 to 65535\n"


@each_server
def test_a_file_is_read_at_one_sitting(source: Path) -> None:
    for path in [*source.parent.glob("*.[ch]"), *source.parent.glob("*.py")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 300, path
        assert max(map(len, lines)) <= 110, path


@each_assignment
def test_a_starter_says_where_to_work(assignment: Assignment) -> None:
    for source in assignment.sources("starter"):
        parts = [*source.parent.glob("*.[ch]"), *source.parent.glob("*.py")]
        assert any("Your work" in path.read_text(encoding="utf-8") for path in parts), source
    for source in assignment.sources("reference"):
        assert "Your work" not in source.read_text(encoding="utf-8")


def given(source: Path) -> str:
    """The part that students need not change; the name of the model is its only variable."""
    text = source.read_text(encoding="utf-8")
    match = re.search(
        r"^(?:/\*|#) ---- Given.*?(?=^(?:/\*|#) ---- )", text, re.MULTILINE | re.DOTALL
    )
    return re.sub(r"model=\w+", "model=", match[0]) if match else ""


@pytest.mark.parametrize("part", ["starter", "reference"])
def test_the_given_part_is_the_same_in_every_assignment(part: str) -> None:
    """What is mended in one of them is mended in all. A ring needs a listener that blocks."""
    others = [each for each in ASSIGNMENTS if str(each) != "io-uring-echo"]
    texts = {given(source) for each in others for source in each.sources(part)} - {""}
    assert sorted(text[:2] for text in texts) == ["# ", "/*"], "one in each language"


@pytest.mark.parametrize("name", ["server.c", "server.py"])
def test_two_references_that_do_the_same_are_one_text(name: str) -> None:
    """Each assignment stands alone, so both have the whole server: its first comment differs."""
    first, second = (
        (HOMEWORK / assignment / "reference" / name).read_text(encoding="utf-8")
        for assignment in ("epoll-echo", "nonblocking-to-epoll")
    )
    head = re.compile(r"\A(?:/\*.*?\*/|\"\"\".*?\"\"\")", re.DOTALL)
    assert head.sub("", first) == head.sub("", second)
