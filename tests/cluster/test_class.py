"""A class over three hosts: each submission graded once, whatever is lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner.grade.workspace import GradeFolder
from tests.cluster import many
from tests.cluster.lab import HOSTS, Cluster, cluster, lack, until

COUNT = 10
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(lack()), reason=f"A CLUSTER OF THREE HOSTS WAS NOT TRIED: {lack()}"),
]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("class")) as made:
        yield made


def test_two_hosts_and_the_coordinator_are_lost_and_each_is_graded_once(three: Cluster) -> None:
    expected = many.lay(three.folder, COUNT)
    done = many.disturbed(three, COUNT)
    home = three.folder / "grades" / "echo"
    many.require_each_once(done, home, expected)
    lost = [line for line in done.first.said if " was lost" in line]
    assert len(lost) == 2, done.first.said
    assert f"grade: {len(done.kept)} of {COUNT} are graded already" in done.second.said
    for name in expected:
        grade = GradeFolder(home / name).grade()
        assert grade is not None
        assert any(note.startswith("graded on the host lab-") for note in grade.notes)


def test_a_full_disk_and_a_lost_scheduler_cost_no_point(three: Cluster) -> None:
    """After the test above, whose class is handed in once more."""
    home = three.folder / "full" / "echo"
    three.small = (1,)
    three.kill(1)
    three.start()
    grading, reader = many.Grading.begun(three, "full")
    until(lambda: bool(three.gradings(1)), "a submission that is graded on the small disk")
    three.disk(1).fill()
    until(lambda: any("host lab-1 was lost" in line for line in grading.said), "the full disk")
    assert any("No space left on device" in line for line in grading.said), grading.said
    until(lambda: any(map(three.gradings, (2, 3))), "a submission that another host grades")
    three.kill_scheduler()
    grading.ended(reader)
    assert grading.code == 3, grading.said
    until(lambda: not any(map(three.gradings, HOSTS)), "the end of every runner")
    three.small = ()
    three.start()
    again, reader = many.Grading.begun(three, "full")
    again.ended(reader)
    assert again.code == 0, again.said
    assert many.scores(home) == many.scores(three.folder / "grades" / "echo")
    for number, line in zip(HOSTS, three.cleaned(), strict=True):
        assert f"clean: host lab-{number}: 0 left-over boxes of engine process" in line
