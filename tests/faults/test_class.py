"""A class that is disturbed while it is graded: no point is lost, and nothing is graded twice."""

from __future__ import annotations

from pathlib import Path

from runner.records.outcome import Status
from tests.cli.left_behind import assert_gone, descendants
from tests.faults import graded_class
from tests.faults.graded_class import assert_whole, grades, records
from tests.faults.mounts import needs_mount, small_disk
from tests.faults.test_ends import kill_fleet

ROOM = 8 << 20
"""For the grades of a class."""


def test_a_load_generator_is_killed_as_for_want_of_memory_and_then_the_class(
    tmp_path: Path,
) -> None:
    folder = graded_class.lay(tmp_path)
    run = graded_class.grading(tmp_path, "process")
    kill_fleet(run.process.pid, "process")
    run.until("[1 left]")
    runners = list(descendants(run.process.pid))
    run.kill()
    for pid in runners:
        assert_gone(pid)
    before = records(folder)
    assert_whole(graded_class.grading(tmp_path, "process").end(), folder)
    after = records(folder)
    for name, measured in before.items():
        assert after[name][: len(measured)] == measured, "what was measured is kept"
    errors = [each for every in after.values() for each in every if each.status is Status.ERROR]
    assert any("the load generator was killed" in each.reason for each in errors), errors


@needs_mount
def test_a_disk_that_is_full_costs_no_point(tmp_path: Path) -> None:
    folder = graded_class.lay(tmp_path)
    with small_disk(tmp_path / "grades", ROOM) as disk:
        run = graded_class.grading(tmp_path, "process")
        run.until("[1 left]")
        disk.fill()
        ended = run.end()
        assert "Traceback" not in ended.err, ended.err
        assert ended.code != 1, "no submission lost a point"
        assert all(
            grade is None or grade.earned in (0, 60, 100) for grade in grades(folder).values()
        )
        before = records(folder)
        disk.free()
        assert_whole(graded_class.grading(tmp_path, "process").end(), folder)
        after = records(folder)
    for name, measured in before.items():
        assert after[name][: len(measured)] == measured, "what was measured is kept"
