"""Names that anyone chose become names of folders, and none takes the place of another thing."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Order, lay_out
from runner.grade.course import entries
from runner.grade.folder_names import folder_name, folder_names
from runner.grade.whole_class import grade_folders, seal_class, verify_class
from runner.grade.workspace import OWN_FILES
from tests.grade.small import assignment, submission


@pytest.mark.parametrize(
    ("name", "folder"),
    [("../../etc", "-..-etc"), (".hidden", "hidden"), ("..", "submission"), ("a\nb", "a-b"),
     ("学生", "学生"), ("x" * 500, "x" * 200), ("grades.csv", "grades.csv-submission")],
)  # fmt: skip
def test_a_name_leads_to_no_other_folder(name: str, folder: str) -> None:
    assert folder_name(name) == folder


NASTY = (
    *OWN_FILES,
    *(f"{name}-submission" for name in OWN_FILES),
    *("alice", "alice.", "alice ", "a\nb", "a\tb", "a-b", "x" * 300, "x" * 301, "x" * 200),
    *("x" * 199 + ". y", ".logs", ".earlier", "submission", "...", "..", "\udcff", "学" * 90),
)


def test_no_two_of_a_class_have_one_folder_and_none_that_of_another_thing() -> None:
    found = folder_names(NASTY)
    assert len(set(found)) == len(NASTY)
    assert not set(found) & {*OWN_FILES, ".logs", ".earlier", ".", ".."}
    assert [folder_name(each) for each in found] == found, "the runner of each is told this name"
    assert dict(zip(NASTY, found, strict=True))["alice"] == "alice"


def test_a_folder_does_not_depend_on_the_order_of_the_class() -> None:
    names = ("alice", "alice.", "alice ")
    for order in permutations(names):
        assert set(zip(order, folder_names(order), strict=True)) == set(
            zip(names, folder_names(names), strict=True)
        )


@pytest.mark.parametrize("name", ["grades.csv", "manifest.json", "grade.json"])
def test_a_submission_takes_no_file_of_its_class(tmp_path: Path, name: str) -> None:
    """In a class and alone: the table and the seal are written beside its grade."""
    source = AssignmentFolder(assignment(tmp_path))
    given = submission(tmp_path / "class", name)
    ((entry,), _) = entries(given.parent)
    for chosen in (None, entry.name, name):
        order = Order(source, given, tmp_path / "grades", "process", seed=1, name=chosen)
        with lay_out(order, print) as layout:
            assert layout.folder.path.name == entry.name == f"{name}-submission"
    home = layout.folder.path.parent
    (home / "grades.csv").write_text("a table\n", encoding="utf-8")
    seal_class(home, None, complete=True)
    assert [each.path.name for each in grade_folders(home)] == [entry.name]
    assert verify_class(home).unfit() == ""
