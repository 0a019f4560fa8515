"""A class over three hosts: each submission graded once, whatever is lost meanwhile."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.grade.workspace import GradeFolder
from runner.paths import LABS
from tests.cluster.lab import HOSTS, Cluster, cluster, lack, until
from tests.cluster.test_hosts import ended
from tests.grade.test_class_of_four import EDITED

COUNT = 6
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(lack()), reason=f"A CLUSTER OF THREE HOSTS WAS NOT TRIED: {lack()}"),
]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("class")) as made:
        home = made.folder / "echo"
        (home / "reference").mkdir(parents=True)
        (home / "grade.yaml").write_text(EDITED)
        shutil.copy(LABS / "poll" / "server.c", home / "reference")
        handed_in = made.folder / "handed-in"
        for number in range(COUNT):
            shutil.copytree(home / "reference", handed_in / f"student-{number}")
        (handed_in / "student-0" / "server.c").write_text("int main(void) { return 0 }\n")
        yield made


def scores(folder: Path) -> dict[str, str]:
    with (folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["submission"] for row in rows}) == len(rows)
    return {row["submission"]: row["earned"] for row in rows}


def started(folder: Path) -> dict[str, str]:
    """When each whole grading began."""
    found = {}
    for path in folder.glob("student-*/grade.json"):
        grade = json.loads(path.read_text())
        if grade["complete"]:
            found[path.parent.name] = grade["started"]
    return found


def test_a_host_and_the_coordinator_are_killed_and_each_is_graded_once(three: Cluster) -> None:
    words = ("echo", "--submissions", "handed-in", "--into", "grades")
    home = three.folder / "grades" / "echo"
    first = three.run(*words, command="grade")
    three.kill(three.grading())
    until(lambda: len(started(home)) >= 2, "two graded submissions")
    first.kill()
    first.communicate()
    until(lambda: not any(map(three.gradings, HOSTS)), "the end of every runner")
    before = started(home)
    _, err = ended(three.run(*words, command="grade"), 0)
    assert f"grade: {len(before)} of {COUNT} are graded already" in err
    assert {name: when for name, when in started(home).items() if name in before} == before
    assert scores(home) == {
        "student-0": "0", **{f"student-{n}": "100" for n in range(1, COUNT)}
    }  # fmt: skip
    assert not (home / ".earlier").exists()


def test_each_grade_is_whole_sealed_and_says_its_host(three: Cluster) -> None:
    home = three.folder / "grades" / "echo"
    for number in range(COUNT):
        folder = GradeFolder(home / f"student-{number}")
        assert folder.verification().manifest is not None
        assert not folder.verification().unfit()
        grade = folder.grade()
        assert grade is not None
        assert any(note.startswith("graded on the host lab-") for note in grade.notes)
