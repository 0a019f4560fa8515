"""What is left out of a grading on purpose: checks of times, and what there is no time for."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click
import pytest

from runner.cli.in_time import InTime
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Order, lay_out
from runner.grade.error import AssignmentError
from runner.grade.grading import options_of
from runner.grade.record import Grade
from runner.report.grade import FORMATS, View
from tests.grade.samples import GRADE
from tests.grade.small import Scripted, assignment, submission
from tests.grade.test_grading import Desk, P, W, states

TIMED = """\
version: 1
assignment:
  title: {en: With and without times}
  model: select
  languages: [c]
  expected: 30s
experiments:
  - id: echo
    title: Does it wait in select?
    measure: trace
    server: {lab: submission}
    expect: [{metric: model, equals: select, points: 20}]
  - id: speed
    title: Is it half as quick?
    server: {lab: [submission, reference]}
    fleet: {active: 4}
    needs: [echo]
    expect:
      - {ratio: rate, of: {lab: submission}, to: {lab: reference}, at_least: 0.5, points: 30}
  - id: after
    title: Does it still wait in select?
    measure: trace
    server: {lab: submission}
    needs: [speed]
    expect: [{metric: model, equals: select, points: 5}]
"""


@pytest.fixture
def order(tmp_path: Path) -> Order:
    folder = assignment(tmp_path)
    (folder / "grade.yaml").write_text(TIMED, encoding="utf-8")
    (folder / "hidden.yaml").unlink()
    source = AssignmentFolder(folder)
    return Order(source, submission(tmp_path), tmp_path / "grades", "process", untimed=True)


def laid(order: Order) -> tuple[Grade, list[str]]:
    said: list[str] = []
    with lay_out(order, said.append) as begun:
        return begun.grade, said


def test_timed_checks_are_left_out_and_what_needs_them(order: Order) -> None:
    grade, _ = laid(order)
    assert [check.id for check in grade.checks] == ["echo"]
    assert (grade.points, grade.untimed) == (20, True)
    with lay_out(order, print) as begun:
        assert begun.assignment is not None
        assert [each.id for each in begun.assignment.experiments] == ["echo"]
        assert {t.experiment for t in options_of(begun).plan(begun.assignment, 1024).trials} == {
            "echo"
        }


def test_a_grading_with_times_is_another_one(order: Order) -> None:
    laid(order)
    _, said = laid(order)
    assert said == []
    timed = Order(order.source, order.submission, order.into, "process")
    grade, said = laid(timed)
    assert "held another grading" in said[0]
    assert (grade.points, grade.untimed) == (55, False)


def test_an_assignment_of_times_alone_is_refused(tmp_path: Path) -> None:
    source = AssignmentFolder(assignment(tmp_path))
    with pytest.raises(AssignmentError, match="--untimed would leave none"):
        Order(source, tmp_path, tmp_path, "process", untimed=True).load()


@pytest.mark.parametrize("format_", ["text", "md", "html"])
def test_the_report_says_so(format_: str) -> None:
    said = FORMATS[format_](replace(GRADE, untimed=True), View()).decode()
    assert "Graded without the checks that judge times." in said


def test_no_check_begins_that_would_end_too_late(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    engine = Scripted()
    none = desk.grade(engine, until=time.monotonic())
    assert (states(none), none.complete, engine.ran) == ([W, W, W, W], False, [])
    assert states(desk.grade(Scripted(), until=time.monotonic() + 1000)) == [P, P, P, P]


def test_what_cannot_end_in_time_is_refused_before_anything_runs(order: Order) -> None:
    with lay_out(order, print) as begun:
        assert begun.assignment is not None
        plan = options_of(begun).plan(begun.assignment, 1024)
        InTime.of("41s").require(begun.assignment, plan, "process")
        InTime.of(None).require(begun.assignment, plan, "process")
        with pytest.raises(click.UsageError, match="grading takes about 40 s here"):
            InTime.of("39s").require(begun.assignment, plan, "process")


@pytest.mark.parametrize(
    ("text", "said"),
    [("540", "540 has no unit"), ("soon", "is not a"), ("1ms", "is less than 1s")],
)
def test_a_time_is_a_time(text: str, said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        InTime.of(text)
    allowed = InTime.of("540s")
    assert allowed.until == pytest.approx(allowed.began + 530)
    assert InTime.of(None).until is None
