"""Where a submission is laid out, and when an earlier grading is gone on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.grade.assignment_folder import AssignmentFolder, find_assignment
from runner.grade.begin import Layout, Order, lay_out
from runner.grade.error import AssignmentError
from runner.grade.models import MODELS
from runner.grade.record import State
from runner.results import HeldError, ResultsError
from runner.spec import Limits, SpecError
from tests.grade.small import PUBLIC, assignment, submission


@pytest.fixture
def source(tmp_path: Path) -> AssignmentFolder:
    return AssignmentFolder(assignment(tmp_path))


def order(source: AssignmentFolder, given: Path, **more: object) -> Order:
    return Order(source, given, source.path.parent / "grades", "process", **more)  # type: ignore[arg-type]


def laid(given: Order) -> tuple[Layout, list[str]]:
    said: list[str] = []
    with lay_out(given, said.append) as begun:
        return begun, said


def test_a_submission_is_laid_out_beside_the_reference(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    begun, _ = laid(order(source, submission(tmp_path)))
    assert begun.folder.path == tmp_path / "grades" / "small" / "alice"
    assert begun.assignment is not None
    assert begun.assignment.labs_root == begun.folder.path / "work" / "labs"
    assert (begun.folder.submission / "server.c").is_file()
    assert (begun.folder.reference / "server.c").is_file()
    assert begun.folder.reference.is_symlink(), "no submission may import from it"
    assert begun.folder.grade() == begun.grade
    assert {each.state for each in begun.grade.checks} == {State.WAITING}
    assert (begun.grade.points, begun.grade.title_zh) == (100, "小型回显服务器")
    assert [path.name for path in (tmp_path / "grades" / "small").iterdir()] == ["alice"]


def test_what_a_killed_runner_had_taken_is_removed(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    home = tmp_path / "grades" / "small"
    for name in (".iolab-left", ".taking-by-an-earlier-version"):
        (home / name / "submission").mkdir(parents=True)
    laid(order(source, submission(tmp_path)))
    assert [path.name for path in home.iterdir()] == ["alice"]


def test_at_home_there_are_no_hidden_checks(source: AssignmentFolder, tmp_path: Path) -> None:
    begun, _ = laid(order(source, submission(tmp_path), public=True))
    assert begun.grade.points == 60
    assert not (begun.folder.path / "work" / "hidden.yaml").exists()
    assert "secret" not in (begun.folder.path / "grade.json").read_text(encoding="utf-8")


def test_at_home_no_reference_is_needed_where_no_check_compares_with_it(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    shutil.rmtree(source.reference)
    with pytest.raises(SpecError, match=r"the reference has no server\.c"):
        source.load(public=True)
    alone = PUBLIC[: PUBLIC.index("  - id: speed")]
    source.spec.write_text(alone, encoding="utf-8")
    begun, _ = laid(order(source, submission(tmp_path), public=True))
    assert begun.grade.points == 30
    assert begun.assignment is not None
    assert not begun.folder.reference.exists()


def test_the_language_is_that_of_the_source_that_was_written(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    given = submission(tmp_path)
    (source.starter).mkdir()
    (source.starter / "server.c").write_bytes((given / "server.c").read_bytes())
    (given / "server.py").write_text("print()\n", encoding="utf-8")
    begun, _ = laid(order(source, given))
    assert begun.grade.submission.language == "python"
    assert begun.grade.notes[0] == ("graded server.py and not server.c, which is as in the starter")
    assert begun.assignment is not None
    (cell,) = begun.assignment.experiments[0].cells()
    assert cell.get("language") == "python"


def test_the_same_submission_goes_on_with_the_same_seed(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    given = submission(tmp_path)
    first, _ = laid(order(source, given))
    second, said = laid(order(source, given))
    assert (second.grade, said) == (first.grade, [])


@pytest.mark.parametrize("change", ["submission", "spec", "reference", "public", "seed", "engine"])
def test_another_grading_is_set_aside_and_not_lost(
    source: AssignmentFolder, tmp_path: Path, change: str
) -> None:
    given = submission(tmp_path)
    first, _ = laid(order(source, given, seed=1))
    again = order(source, given, seed=1)
    match change:
        case "submission":
            (given / "more.c").write_text("int more;\n", encoding="utf-8")
        case "spec":
            source.spec.write_text(PUBLIC.replace("at_least: 0.5", "at_least: 0.6"), "utf-8")
        case "reference":
            (source.reference / "more.c").write_text("int more;\n", encoding="utf-8")
        case "public":
            again = order(source, given, seed=1, public=True)
        case "seed":
            again = order(source, given, seed=2)
        case "engine":
            again = Order(source, given, again.into, "docker", seed=1)
    second, said = laid(again)
    assert second.folder == first.folder
    (kept,) = (tmp_path / "grades" / "small" / ".earlier").iterdir()
    assert said == [f"grade: {first.folder.shown} held another grading, which is now in {kept}"]
    assert (kept / "grade.json").is_file()
    assert (kept / "work" / "labs" / "submission" / "server.c").is_file()


def test_two_runners_never_grade_into_one_folder(source: AssignmentFolder, tmp_path: Path) -> None:
    given = order(source, submission(tmp_path))
    with (
        lay_out(given, print),
        pytest.raises(HeldError, match="another runner is grading into"),
        lay_out(given, print),
    ):
        pass


def test_what_is_no_archive_is_not_gradable_and_no_0(
    source: AssignmentFolder, tmp_path: Path
) -> None:
    broken = tmp_path / "bob.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    begun, _ = laid(order(source, broken))
    assert begun.assignment is None
    assert (begun.grade.complete, begun.grade.gradable) == (True, False)
    assert {each.state for each in begun.grade.checks} == {State.UNGRADABLE}
    assert "bob.zip" in begun.grade.checks[0].reason
    assert begun.folder.grade() == begun.grade


def test_a_reference_exists_in_every_language_of_the_assignment(source: AssignmentFolder) -> None:
    (source.reference / "server.py").unlink()
    with pytest.raises(SpecError, match=r"languages\[1\]: the reference has no server.py"):
        source.load()


CLAIMED = """\
    measure: trace
    proof: {watches: 5}
    expect: [{metric: model, equals: select, points: 10}]
"""


def test_what_no_table_has_is_not_demanded(source: AssignmentFolder) -> None:
    source.spec.write_text(PUBLIC.replace("model: select", "model: selct"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"no model 'selct'; .*; did you mean 'select'\?"):
        source.load()
    one = "    expect: [{metric: processes, of: {}, equals: 1, points: 10}]\n"
    source.spec.write_text(PUBLIC.replace(one, CLAIMED), encoding="utf-8")
    with pytest.raises(SpecError, match="the model select demands nothing of 'watches'; it demand"):
        source.load()


def test_an_unknown_assignment_is_named_with_those_that_exist() -> None:
    with pytest.raises(AssignmentError, match=r"selct: no folder with a grade.yaml"):
        find_assignment("selct")


def test_a_grade_that_cannot_be_read_is_named(source: AssignmentFolder, tmp_path: Path) -> None:
    given = order(source, submission(tmp_path))
    begun, _ = laid(given)
    (begun.folder.path / "grade.json").write_text('{"format": 7}', encoding="utf-8")
    with pytest.raises(ResultsError, match=r"grade.json: format: '7' is not 1"):
        laid(given)


def test_every_check_denies_what_the_model_denies(source: AssignmentFolder, tmp_path: Path) -> None:
    begun, _ = laid(order(source, submission(tmp_path)))
    assert begun.assignment is not None
    limits = [check.limits for check in begun.assignment.experiments]
    assert {each.deny for each in limits} == {MODELS["select"].denies}
    assert {each.pids for each in limits} == {64}, "one thread needs no more, nor does a fork bomb"


def test_a_check_may_say_itself_what_is_denied_and_how_many_threads_it_grants(
    tmp_path: Path,
) -> None:
    folder = assignment(tmp_path)
    text = PUBLIC.replace("model: select", "model: thread")
    text = text.replace("    hint: Look", "    limits: {deny: []}\n    hint: Look")
    text = text.replace(
        "    needs: [echo]\n    expect: [{m", "    limits: {pids: 9}\n    expect: [{m"
    )
    (folder / "grade.yaml").write_text(text, encoding="utf-8")
    begun, _ = laid(order(AssignmentFolder(folder), submission(tmp_path), public=True))
    assert begun.assignment is not None
    echo, one, speed = (check.limits for check in begun.assignment.experiments)
    assert (echo.deny, one.deny) == ((), MODELS["thread"].denies)
    assert (one.pids, speed.pids) == (9, Limits().pids + 4), "a thread for each of 4 connections"


def test_a_model_that_is_not_in_the_table_is_an_error_with_its_line(tmp_path: Path) -> None:
    folder = assignment(tmp_path)
    (folder / "grade.yaml").write_text(PUBLIC.replace("model: select", "model: selekt"))
    with pytest.raises(SpecError, match=r"grade\.yaml:4:10: .*did you mean 'select'") as caught:
        AssignmentFolder(folder).load()
    assert "there is no model 'selekt'" in str(caught.value)
