"""The seal of a class, when one of its submissions is graded by itself, and when one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.cli.exit_codes import Exit
from runner.grade.whole_class import held_class, seal_class
from runner.grade.workspace import COVERS, GradeFolder
from runner.results import seal_files
from runner.session import user_key
from tests.cli.inside import told
from tests.grade.samples import GRADE, PERFECT
from tests.grade.small import assignment


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of two, as `runner grade --submissions` leaves it."""
    monkeypatch.chdir(tmp_path)
    assignment(tmp_path)
    folder = tmp_path / "grades" / "small"
    for grade in (GRADE, PERFECT):
        made = GradeFolder(folder / grade.submission.name)
        (made.path / "work").mkdir(parents=True)
        made.write(grade)
        seal_files(made.path, COVERS, user_key(print), complete=True)
    (folder / "grades.csv").write_text("alice,40\ndora,55\n", encoding="utf-8")
    (folder / "grades.html").write_text("alice 40, dora 55", encoding="utf-8")
    seal_class(folder, user_key(print), complete=True)
    return folder


def refused(home: Path, name: str) -> tuple[int, str]:
    """Grades an archive that is none, which needs no engine."""
    broken = home.parent.parent / name
    broken.write_bytes(b"PK\x03\x04 and no more")
    done = told("grade", "small", "--submission", name, "--name", broken.stem)
    return done.code, done.err


def test_a_class_is_as_it_was_sealed(home: Path) -> None:
    done = told("verify", str(home))
    assert (done.code, "grades.csv and 2 grades" in done.out) == (Exit.OK, True)


@pytest.mark.parametrize("name", ["alice", "late"])
def test_a_submission_graded_by_itself_makes_the_seal_of_its_class_old(
    home: Path, name: str
) -> None:
    """Of the class, or beside it. Both commands say what to type, and then the class verifies."""
    code, said = refused(home, f"{name}.zip")
    older = f"{name} was graded after the class was sealed: grades.csv and the seal of"
    assert (code, older in said) == (Exit.INCONCLUSIVE, True), said
    assert "type the command for the class again (runner grade ... --submissions)" in said
    done = told("verify", str(home))
    assert (done.code, older in done.err) == (Exit.INTEGRITY, True), done.all
    seal_class(home, user_key(print), complete=True)
    assert told("verify", str(home)).code == Exit.OK


def test_a_class_is_graded_by_one_runner_at_a_time(home: Path) -> None:
    (home.parent.parent / "handed-in" / "eve").mkdir(parents=True)
    words = ("grade", "small", "--submissions", "handed-in", "--engine", "process")
    with held_class(home):
        done = told(*words)
    said = "another runner is grading the class in grades/small at this moment"
    assert (done.code, said in done.err) == (Exit.INFRASTRUCTURE, True), done.all


def test_a_change_is_no_later_grade(home: Path) -> None:
    """Neither that of the table, nor that of a grade, beside one that was graded later."""
    refused(home, "late.zip")
    table = home / "grades.csv"
    table.write_text(table.read_text().replace("40", "60"), encoding="utf-8")
    done = told("verify", str(home))
    assert (done.code, "grades.csv: was changed" in done.out) == (Exit.INTEGRITY, True)
    assert "graded after" not in done.err
    table.write_text(table.read_text().replace("60", "40"), encoding="utf-8")
    grade = home / "alice" / "grade.json"
    grade.write_text(grade.read_text().replace('"earned": 40.0', '"earned": 60.0'))
    done = told("verify", str(home))
    assert done.code == Exit.INTEGRITY
    assert "graded after" not in done.err


def test_the_page_of_a_class_is_sealed_with_it(home: Path) -> None:
    (home / "grades.html").write_text("alice 60, dora 55", encoding="utf-8")
    done = told("verify", str(home))
    assert (done.code, "grades.html: was changed" in done.out) == (Exit.INTEGRITY, True)


def test_a_grade_of_what_was_refused_is_sealed(home: Path) -> None:
    refused(home, "late.zip")
    assert told("verify", str(home / "late")).code == Exit.OK
    folder = GradeFolder(home / "late")
    folder.path.joinpath("grade.json").write_text("{}", encoding="utf-8")
    assert folder.verification().unfit() == "grade.json: was changed"
