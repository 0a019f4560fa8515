"""The stage: order and needs, what is on disk when, and what is never measured twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from runner.engine.box import Box, BuildError, MissingError
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Order, lay_out
from runner.grade.grading import Grading, options_of
from runner.grade.record import CheckGrade, Grade, State, from_text
from runner.grade.workspace import GradeFolder
from runner.results import IntegrityError
from runner.session.needs import programs_of
from runner.spec import Check
from tests.grade.small import Scripted, Seen, assignment, submission

P, F, N, W, U = State.PASS, State.FAIL, State.NEEDS, State.WAITING, State.UNGRADABLE


class Desk:
    """Grades one submission, as often as it is asked to."""

    def __init__(self, home: Path) -> None:
        self.source = AssignmentFolder(assignment(home))
        self.given = submission(home)
        self.into = home / "grades"
        self.folder = GradeFolder(self.into / "small" / "alice")

    def grade(
        self,
        engine: Scripted,
        watcher: Seen | None = None,
        wanted: Collection[str] | None = None,
        until: float | None = None,
    ) -> Grade:
        order = Order(self.source, self.given, self.into, engine.name, seed=7)
        with lay_out(order, _unsaid) as layout:
            if layout.settled:
                return layout.grade
            assert layout.assignment is not None
            plan = options_of(layout).plan(layout.assignment, engine.nofile_max())
            unbuilt = engine.prepare(programs_of(plan), _unsaid)
            grading = Grading.begin(layout, layout.assignment, plan, engine, _unsaid)
            stopped = True
            with grading.opened.lock:
                try:
                    grading.run(engine, unbuilt, watcher or Seen(), wanted, until)
                    stopped = False
                except KeyboardInterrupt:
                    pass
                done, failed = grading.finish(_no_run_report, _no_report, stopped=stopped)
            assert failed == []
            return done

    def on_disk(self) -> Grade:
        return from_text((self.folder.path / "grade.json").read_bytes())


def _unsaid(_line: str) -> None: ...


def _no_run_report(_run: object, _claims: object) -> list[str]:
    return []


def _no_report(_folder: GradeFolder, _grade: Grade) -> list[str]:
    return []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def states(grade: Grade) -> list[State]:
    return [check.state for check in grade.checks]


def test_a_good_submission_earns_everything(desk: Desk) -> None:
    engine, seen = Scripted(), Seen()
    done = desk.grade(engine, seen)
    assert states(done) == [P, P, P, P]
    assert (done.earned, done.points, done.complete, done.gradable) == (100, 100, True, True)
    assert seen.begun == [each.id for each in seen.ended] == ["echo", "one", "speed", "secret"]
    assert desk.on_disk() == done
    assert [check.hidden for check in done.checks] == [False, False, False, True]
    ratio = done.checks[2].expected[0].ratio
    assert ratio is not None
    assert ratio[0] == pytest.approx(1)
    assert desk.folder.verification().unfit() == ""


def test_the_check_that_fails_costs_those_that_need_it(desk: Desk) -> None:
    engine = Scripted()
    engine.broken = {"one/"}
    done = desk.grade(engine)
    assert states(done) == [P, F, P, N]
    assert (done.earned, done.points) == (50, 100)
    assert engine.labels() == ["echo", "one", "speed"], "what is not needed is not measured"
    assert "the first line was 'HELLO'" in done.checks[1].reason
    assert (done.checks[3].unmet, done.checks[3].reason) == (("one",), "not run: it needs one")
    assert done.complete


def test_a_slow_submission_loses_the_points_of_its_speed(desk: Desk) -> None:
    def rate(box: Box) -> int:
        return 200 if "speed/lab=submission" in box.label else 1000

    done = desk.grade(Scripted(rate))
    assert states(done) == [P, P, F, P]
    assert done.earned == 70


def test_a_submission_that_does_not_compile_reads_what_the_compiler_said(desk: Desk) -> None:
    said = "submission/server.c:3:1: error: expected ';' before 'return'"
    done = desk.grade(Scripted(refused={"submission": BuildError(said)}))
    assert states(done) == [F, N, N, N]
    assert (done.earned, done.gradable, done.checks[0].reason) == (0, True, said)


def test_a_reference_that_does_not_compile_costs_no_point(desk: Desk) -> None:
    done = desk.grade(Scripted(refused={"reference": BuildError("no ';'")}))
    assert states(done) == [P, P, U, P]
    assert (done.gradable, done.complete) == (False, True)
    assert "the reference failed, which is no fault of the submission" in done.checks[2].reason


def test_a_submission_cannot_ask_for_what_the_reference_does_without(desk: Desk) -> None:
    missing = MissingError("liburing-dev", "type: sudo apt-get install liburing-dev")
    done = desk.grade(Scripted(refused={"submission": missing}))
    assert states(done) == [F, N, N, N]
    assert done.checks[0].reason.startswith("the assignment does not need this: liburing-dev")


def test_a_tool_that_is_missing_is_not_the_submissions_fault(desk: Desk) -> None:
    done = desk.grade(Scripted(refused={"fleet": MissingError("no C compiler", "install one")}))
    assert states(done) == [U, U, U, U]
    assert not done.gradable


def test_what_is_graded_is_on_disk_before_the_next_check(desk: Desk) -> None:
    engine = Scripted()
    on_disk: dict[str, list[State]] = {}

    class Looking(Seen):
        def begins(self, check: Check) -> None:
            on_disk[check.id] = states(desk.on_disk())

        def ends(self, grade: CheckGrade) -> None:
            assert desk.on_disk().checks[len(self.ended)] == grade
            self.ended.append(grade)

    desk.grade(engine, Looking())
    assert on_disk == {
        "echo": [W, W, W, W],
        "one": [P, W, W, W],
        "speed": [P, P, W, W],
        "secret": [P, P, P, W],
    }


def test_a_grading_that_was_interrupted_goes_on(desk: Desk) -> None:
    """In the middle of a check: its trials that are on disk are not measured again either."""
    first = Scripted()

    def interrupt(box: Box) -> None:
        if "speed" in box.label and len(first.ran) == 5:
            raise KeyboardInterrupt

    first.before = interrupt
    cut = desk.grade(first)
    assert (states(cut), cut.complete) == ([P, P, W, W], False)
    assert desk.folder.verification().unfit() == "", "sealed as far as it went"
    second, seen = Scripted(), Seen()
    done = desk.grade(second, seen)
    assert states(done) == [P, P, P, P]
    assert seen.begun == ["speed", "secret"]
    assert len({*first.ran, *second.ran}) == len(first.ran) + len(second.ran) == 11
    assert desk.grade(Scripted()) == done, "and then nothing is left to be done"


def test_a_runner_that_is_killed_costs_nothing(desk: Desk) -> None:
    """Killed: nothing is sealed, and nothing is cleared up."""
    desk.grade(Scripted(), wanted={"echo", "one"})
    (desk.folder.path / "manifest.json").unlink()
    (desk.folder.run.path / "manifest.json").unlink()
    seen = Seen()
    assert states(desk.grade(Scripted(), seen)) == [P, P, P, P]
    assert seen.begun == ["speed", "secret"]


def test_a_grade_that_was_written_by_hand_is_not_believed(desk: Desk) -> None:
    """Its states only say what need not be measured again, where its trials are there."""
    desk.grade(Scripted(), wanted={"echo"})
    path = desk.folder.path / "grade.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for check in data["checks"]:
        check["state"], check["earned"] = "PASS", check["points"]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"grade\.json: was changed"):
        desk.grade(Scripted())
    for name in ("manifest.json", "run/manifest.json"):
        (desk.folder.path / name).unlink()
    engine = Scripted()
    engine.broken = {"one/"}
    done = desk.grade(engine)
    assert states(done) == [P, F, P, N]


def test_what_could_not_be_graded_is_tried_again(desk: Desk) -> None:
    first = desk.grade(Scripted(refused={"reference": BuildError("no ';'")}))
    assert not first.gradable
    again = desk.grade(Scripted(refused={"reference": BuildError("no ';'")}))
    assert states(again) == states(first)


def test_checks_can_be_left_for_a_quiet_machine(desk: Desk) -> None:
    half = desk.grade(Scripted(), wanted={"echo", "one", "secret"})
    assert (states(half), half.complete) == ([P, P, W, P], False)
    assert half.points == 100
    engine = Scripted()
    whole = desk.grade(engine, wanted={"speed"})
    assert (states(whole), whole.complete) == ([P, P, P, P], True)
    assert engine.labels() == ["speed"]


CHANGES: dict[str, Callable[[Path], object]] = {
    "grade.json": lambda path: path.write_text(
        path.read_text().replace('"earned": 100.0', '"earned": 101.0')
    ),
    "work/grade.yaml": lambda path: path.write_text(path.read_text() + "\n"),
    "work/hidden.yaml": lambda path: path.unlink(),
    "work/labs/submission/server.c": lambda path: path.write_text("int main(void) {}\n"),
    "work/labs/submission/more.c": lambda path: path.write_text("int more;\n"),
    "work/labs/reference": lambda path: path.rename(path.with_name("reference2")),
    "work/reference/server.c": lambda path: path.write_text("int main(void) {}\n"),
    "run/trials.jsonl": lambda path: path.write_text(path.read_text() + "{}\n"),
    "run/run.json": lambda path: path.write_text(path.read_text().replace("kernel", "kernal")),
    "run/manifest.json": lambda path: path.unlink(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_is_found_and_named(desk: Desk, name: str) -> None:
    desk.grade(Scripted())
    before = (desk.folder.path / "manifest.json").read_bytes()
    CHANGES[name](desk.folder.path / name)
    assert (desk.folder.path / "manifest.json").read_bytes() == before
    faults = [str(fault) for fault in desk.folder.verification().faults]
    assert faults
    assert all(fault.startswith(name) for fault in faults), faults


def test_another_run_in_its_place_is_found(desk: Desk, tmp_path: Path) -> None:
    desk.grade(Scripted())
    other = Desk(tmp_path / "other")
    other.grade(Scripted())
    run = desk.folder.run.path
    run.rename(tmp_path / "kept")
    other.folder.run.path.rename(run)
    assert desk.folder.verification().unfit() == (
        "run: is another run than the one that was sealed"
    )


def test_rendering_the_run_again_changes_no_grade(desk: Desk) -> None:
    from tests.cli.inside import told

    desk.grade(Scripted())
    assert told("report", str(desk.folder.run.path)).code == 0
    assert desk.folder.verification().unfit() == ""
