"""docs/grading.md, typed line by line: from `runner init homework` to a class with its exports."""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import pytest

from runner.paths import ROOT
from tests.cli.inside import told
from tests.page.markup import faults, of_tag, parsed
from tests.test_docs_grading import fenced

EDITED = """\
version: 1
assignment:
  title: {en: My echo server}
  model: poll
  languages: [c]
  expected: 5s
defaults: {repeat: 1, max_repeat: 1}
experiments:
  - id: echo
    title: Every byte comes back
    measure: conformance
    server: {lab: submission}
    fleet: {case: bytes}
    expect: [{metric: kept, equals: 1, points: 60}]
  - id: end
    title: SIGTERM ends the server
    measure: conformance
    server: {lab: submission}
    fleet: {case: sigterm_silent}
    needs: [echo]
    expect: [{metric: kept, equals: 1, points: 40}]
"""
"""An instructor may edit every check: these two take no time."""
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    + "".join(
        f"Participant 10{number},{name},{name}@u.example,Submitted for grading,,100.00,Yes,-,-,\n"
        for number, name in enumerate(("anna", "ben", "carla", "dan"))
    )
)
GRADEBOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,My echo server (4711)\n"
    "    Points Possible,,,,,100.00\n"
    + "".join(f'"X, {n}",10{n},s-{n},{name},A,\n'
              for n, name in enumerate(("anna", "ben", "carla", "dan")))
)  # fmt: skip


def hand_in(home: Path) -> None:
    """One is right, one is the starter, one does not compile, one is empty but for a binary."""
    folder, right = home / "handed-in", home / "my-echo" / "reference"
    folder.mkdir()
    shutil.make_archive(str(folder / "anna"), "zip", right)
    shutil.make_archive(str(folder / "ben"), "gztar", home / "my-echo" / "starter")
    shutil.copytree(right, folder / "carla")
    (folder / "carla" / "server.c").write_text("int main(void) { return 0 }\n", encoding="utf-8")
    (folder / "dan").mkdir()
    shutil.copy("/bin/true", folder / "dan" / "server")
    (home / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    (home / "gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")


def column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_an_instructor_types_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "grading.md"
    [first, then] = [each for each in fenced(page, "console") if "my-echo" in each]
    codes = [typed(line, tmp_path) for line in first.splitlines()]
    assert codes == [0, 1, 0, 0, 0], "the starter loses points, the reference none"
    at_home(tmp_path)
    hand_in(tmp_path)
    codes = [typed(line, tmp_path) for line in then.splitlines()]
    assert codes == [4, 0, 4, 4, 4], "dan's work has no score"
    assert column(tmp_path / "grades.csv", "total") == ["100", "60", "0", ""]
    leads_to_four_reports(tmp_path / "grades" / "my-echo" / "grades.html")
    assert column(tmp_path / "filled.csv", "Grade") == ["100", "60", "0", ""]
    filled = column(tmp_path / "filled-gradebook.csv", "My echo server (4711)")
    assert filled == ["100.00", "100.00", "60.00", "0.00", ""]


def at_home(home: Path) -> None:
    """A student has what the page says to give, on the machine of the instructor."""
    student = home / "student" / "my-echo"
    student.mkdir(parents=True)
    shutil.copytree(home / "my-echo" / "starter", student / "starter")
    for name in ("grade.yaml", "grader.json"):
        shutil.copy(home / "my-echo" / name, student)
    done = told(
        "grade", str(student), "--public", "--submission", str(student / "starter"),
        "--engine", "process", "--quiet", "--into", str(home / "student" / "grades"),
    )  # fmt: skip
    assert "Nothing that the lab knows differs" in done.out, done.all


def leads_to_four_reports(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert faults(text, r"data:,|\./\w+/report\.html") == []
    links = [each.get("href") or "" for each in of_tag(parsed(text), "a")]
    assert len(links) == 4
    assert all((page.parent / link).is_file() for link in links)


def edit(assignment: Path) -> None:
    """Two checks, and a starter that breaks one of them at once."""
    (assignment / "grade.yaml").write_text(EDITED, encoding="utf-8")
    (assignment / "hidden.yaml").unlink()
    given = assignment / "starter" / "lab.c"
    text = given.read_text(encoding="utf-8")
    assert "_exit(0)" in text
    given.write_text(text.replace("_exit(0)", "_exit(1)"), encoding="utf-8")


def typed(line: str, home: Path) -> int:
    words = shlex.split(line.removeprefix("$ "))
    if words[0] == "cp":
        shutil.copy(words[1], words[2])
        return 0
    if words[1] == "grade":
        words += ["--engine", "process", "--trust", "--quiet"]
    if "--calibrate" in words:
        words[words.index("--calibrate") + 1] = "1"
    done = told(*words[1:])
    if words[1] == "init":
        edit(home / "my-echo")
    assert "Traceback" not in done.all
    return done.code
