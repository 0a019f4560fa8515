"""`runner grades`: what is exported of a class, and what is left out of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.cli import cli
from runner.cli.exit_codes import Exit
from runner.grade.record import Grade
from runner.grade.workspace import COVERS, GradeFolder
from runner.results import IntegrityError, seal_files
from runner.session import user_key
from tests.grade.samples import CUT_SHORT, GRADE, PERFECT, UNGRADABLE
from tests.grade.small import assignment, submission
from tests.grade.test_tables import MOODLE


def graded(parent: Path, *grades: Grade, sealed: bool = True) -> Path:
    """A class as `runner grade` leaves it."""
    folder = parent / "grades" / "select-echo"
    for grade in grades:
        made = GradeFolder(folder / grade.submission.name)
        (made.path / "work").mkdir(parents=True)
        made.write(grade)
        if sealed:
            seal_files(made.path, COVERS, user_key(print), complete=grade.complete)
    return folder


def run(*words: str | Path) -> tuple[int | BaseException, str, str]:
    """The exit code or the error, stdout, stderr."""
    done = CliRunner().invoke(cli, ["grades", *map(str, words)], standalone_mode=False)
    return done.exception or done.return_value, done.stdout, done.stderr


def rows(path: Path) -> Sequence[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_class_is_shown_and_written(tmp_path: Path) -> None:
    folder = graded(tmp_path, GRADE, PERFECT)
    code, shown, _ = run(folder, "-o", f"csv={tmp_path / 'out' / 'grades.csv'}")
    assert code == Exit.OK
    assert "2 submissions, 2 with a score" in shown
    written = rows(tmp_path / "out" / "grades.csv")
    assert [(row["submission"], row["total"]) for row in written] == [
        ("alice", "45"),
        ("dora", "55"),
    ]
    assert written[0]["check descriptor-1024"] == "0", "an instructor's table has hidden checks"


def test_csv_goes_to_stdout(tmp_path: Path) -> None:
    code, shown, _ = run(graded(tmp_path, GRADE), "-o", "csv=-")
    assert code == Exit.OK
    assert shown.startswith("submission,assignment,")


def test_a_submission_without_a_score_is_no_success(tmp_path: Path) -> None:
    code, shown, _ = run(graded(tmp_path, GRADE, UNGRADABLE))
    assert code == Exit.INCONCLUSIVE
    assert "not gradable" in shown


def test_a_changed_grade_is_left_out_and_named(tmp_path: Path) -> None:
    folder = graded(tmp_path, GRADE, PERFECT)
    changed = folder / "alice" / "grade.json"
    changed.write_text(changed.read_text().replace('"earned": 40.0', '"earned": 90.0'))
    code, shown, said = run(folder, "-o", f"csv={tmp_path / 'grades.csv'}")
    assert isinstance(code, IntegrityError)
    assert "alice" not in shown
    assert "alice: grade.json: was changed" in said
    assert [row["submission"] for row in rows(tmp_path / "grades.csv")] == ["dora"]


def test_a_grade_that_is_not_sealed_is_left_out(tmp_path: Path) -> None:
    graded(tmp_path, GRADE)
    code, _, said = run(graded(tmp_path, CUT_SHORT, sealed=False))
    assert isinstance(code, IntegrityError)
    assert "carol: not sealed: its grading has not ended" in said


def test_the_grades_of_another_key_need_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = graded(tmp_path, GRADE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    code, _, said = run(folder)
    assert isinstance(code, IntegrityError)
    signer = said.partition("--signer ")[2].split()[0]
    assert run(folder, "--signer", signer)[0] == Exit.OK


def test_a_worksheet_is_filled_and_what_has_no_row_is_named(tmp_path: Path) -> None:
    folder, sheet = graded(tmp_path, GRADE, UNGRADABLE, PERFECT), tmp_path / "worksheet.csv"
    sheet.write_text(MOODLE.replace("dora@", "erin@").replace("李 明", "Erin"), newline="")
    filled = tmp_path / "filled.csv"
    code, _, said = run(folder, "-o", f"moodle={filled}:{sheet}")
    assert code == Exit.INCONCLUSIVE
    assert "moodle: dora: no row fits" in said
    assert "moodle: bob: not gradable, its row stays as it was" in said
    assert "1 row with a grade" in said
    assert filled.read_bytes().count(b"\r\n") == MOODLE.count("\r\n")
    chosen = tmp_path / "students.csv"
    chosen.write_text("dora,103\n")
    run(folder, "-o", f"moodle={filled}:{sheet}", "--students", chosen)
    assert b'"Participant 103",Erin,erin@u.example,"Submitted for grading",100,100.00' in (
        filled.read_bytes().replace(b'"Erin"', b"Erin")
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "moodle=x.csv"], "type -o moodle=FILLED:DOWNLOADED"),
        (["-o", "moodle=-"], "type -o moodle=FILLED:DOWNLOADED"),
        (["-o", "moodle=a.csv:a.csv"], "needs a name of its own"),
        (["-o", "moodle=a.csv:missing.csv"], "missing.csv: No such file"),
        (["-o", "mudle=a.csv"], "did you mean 'moodle'"),
        (["-o", "pdf=a.pdf"], "'pdf' is not a format"),
        (["--students", "missing.csv"], "missing.csv: No such file"),
        (["--lang", "de"], "'de' is not one of"),
    ],
)
def test_a_wrong_command_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    error, _, _ = run(graded(tmp_path, GRADE), *words)
    assert said in str(error)


def test_the_folder_of_all_assignments_is_no_class(tmp_path: Path) -> None:
    folder = graded(tmp_path, GRADE)
    assert f"type {folder}" in str(run(folder.parent)[0])
    assert "runner grade writes them" in str(run(folder / "alice" / "work")[0])
    assert "no such folder" in str(run(tmp_path / "nowhere")[0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "classroom50=r.json"], "COMMIT_URL is not set"),
        (["-o", "classroom50=r.json", "--platform", "COMMIT_URL"], "type NAME=VALUE"),
        (["--platform", "COMMIT=x"], "NAME is one of CLASSROOM, ASSIGNMENT"),
        (["-o", "moodle=a.csv"], "'moodle' is not a format"),
    ],
)
def test_what_an_export_needs_is_missed_before_anything_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assignment(tmp_path)
    submission(tmp_path)
    done = CliRunner().invoke(
        cli, ["grade", "small", "--submission", "alice", *words], standalone_mode=False
    )
    assert said in str(done.exception)
    assert not (tmp_path / "grades").exists()
