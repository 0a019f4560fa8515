"""Files of the starter that are graded as they are there; submissions in any language; what a
student is told beside a figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.box import BuildError, MissingError
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Layout, Order, lay_out
from runner.grade.examples import examples
from runner.grade.grading import Grading, options_of
from runner.grade.record import Grade, State
from runner.records.outcome import Outcome, Status
from runner.records.trial_record import Traced, TrialRecord
from runner.session.needs import programs_of
from runner.spec import Cell, Expectation, FindingExpectation, MetricExpectation, SpecError
from tests.grade.small import PUBLIC, Scripted, Seen, assignment, submission

GIVEN = PUBLIC.replace("expected: 5s", "expected: 5s\n  given: [given.c, note.h]")
ANY = PUBLIC.replace("languages: [c, python]", "languages: [c, dockerfile]")


def source_of(home: Path, spec: str) -> AssignmentFolder:
    folder = assignment(home)
    (folder / "grade.yaml").write_text(spec, encoding="utf-8")
    (folder / "starter").mkdir()
    for name in ("given.c", "note.h"):
        (folder / "starter" / name).write_text(f"/* {name} */\n", encoding="utf-8")
    return AssignmentFolder(folder)


def laid(source: AssignmentFolder, given: Path) -> Layout:
    with lay_out(Order(source, given, given.parent / "grades", "process"), print) as begun:
        return begun


def test_given_files_take_the_place_of_what_was_handed_in(tmp_path: Path) -> None:
    source, given = source_of(tmp_path, GIVEN), submission(tmp_path)
    (given / "given.c").write_text("int changed;\n", encoding="utf-8")
    (given / "own.c").write_text("int own;\n", encoding="utf-8")
    begun = laid(source, given)
    graded = begun.folder.submission
    assert (graded / "given.c").read_text(encoding="utf-8") == "/* given.c */\n"
    assert (graded / "note.h").read_text(encoding="utf-8") == "/* note.h */\n"
    assert (graded / "own.c").read_text(encoding="utf-8") == "int own;\n"
    assert begun.grade.notes == (
        "graded with given.c as it is in the starter",
        "graded with note.h as it is in the starter",
    )


def test_an_unchanged_given_file_is_not_mentioned_and_a_folder_is_no_trick(tmp_path: Path) -> None:
    source, given = source_of(tmp_path, GIVEN), submission(tmp_path)
    (given / "given.c").write_bytes((source.starter / "given.c").read_bytes())
    (given / "note.h").mkdir()
    (given / "note.h" / "x.c").write_text("int x;\n", encoding="utf-8")
    begun = laid(source, given)
    assert (begun.folder.submission / "note.h").is_file()
    assert begun.grade.notes == ("graded with note.h as it is in the starter",)


@pytest.mark.parametrize("name", ["../reference/server.c", "/etc/passwd", "a/b.c", ".hidden", ""])
def test_a_given_file_is_a_plain_name(tmp_path: Path, name: str) -> None:
    spec = PUBLIC.replace("expected: 5s", f'expected: 5s\n  given: ["{name}"]')
    with pytest.raises(SpecError, match="is no name of a file"):
        source_of(tmp_path, spec).load()


def test_a_given_file_must_be_in_the_starter(tmp_path: Path) -> None:
    source = source_of(tmp_path, GIVEN)
    (source.starter / "note.h").unlink()
    with pytest.raises(SpecError, match=r"the starter has no note\.h"):
        source.load()


# ---- Any language ----------------------------------------------------------------------------


def by_dockerfile(home: Path) -> Path:
    folder = home / "alice"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM iolab/toolchain-cpp\n", encoding="utf-8")
    return folder


def test_a_submission_with_a_dockerfile_is_compared_with_a_reference_without(
    tmp_path: Path,
) -> None:
    begun = laid(source_of(tmp_path, ANY), by_dockerfile(tmp_path))
    assert begun.grade.submission.language == "dockerfile"
    assert begun.assignment is not None
    echo, _, speed, _ = begun.assignment.experiments
    assert [cell.get("language") for cell in echo.cells()] == ["dockerfile"]
    servers = {(cell.get("lab"), cell.get("language")) for cell in speed.cells()}
    assert servers == {("submission", "dockerfile"), ("reference", "c")}


def test_an_assignment_needs_a_reference_that_can_be_compared(tmp_path: Path) -> None:
    spec = PUBLIC.replace("languages: [c, python]", "languages: [dockerfile]")
    with pytest.raises(SpecError, match="the reference is in C or Python"):
        source_of(tmp_path, spec).load()


def graded(source: AssignmentFolder, given: Path, engine: Scripted) -> Grade:
    with lay_out(Order(source, given, given.parent / "grades", engine.name), print) as begun:
        assert begun.assignment is not None
        plan = options_of(begun).plan(begun.assignment, engine.nofile_max())
        unbuilt = engine.prepare(programs_of(plan), print)
        grading = Grading.begin(begun, begun.assignment, plan, engine, print)
        with grading.opened.lock:
            grading.run(engine, unbuilt, Seen())
        return grading.grade


def test_its_speed_is_a_ratio_over_both_languages(tmp_path: Path) -> None:
    grade = graded(source_of(tmp_path, ANY), by_dockerfile(tmp_path), Scripted())
    assert {each.state for each in grade.checks} == {State.PASS}
    assert grade.earned == 100


def test_without_docker_it_is_not_gradable_and_no_zero(tmp_path: Path) -> None:
    missing = MissingError("Docker", "type: --engine docker")
    engine = Scripted(refused={"submission": missing})
    grade = graded(source_of(tmp_path, ANY), by_dockerfile(tmp_path), engine)
    assert not grade.gradable
    assert State.FAIL not in {each.state for each in grade.checks}
    assert "--engine docker" in grade.checks[0].reason


def test_a_dockerfile_that_is_refused_is_the_submission_s_own_fault(tmp_path: Path) -> None:
    engine = Scripted(refused={"submission": BuildError("Dockerfile, line 2: USER is not used")})
    grade = graded(source_of(tmp_path, ANY), by_dockerfile(tmp_path), engine)
    assert (grade.gradable, grade.earned) == (True, 0)
    assert "line 2: USER" in grade.checks[0].reason


# ---- What was seen ---------------------------------------------------------------------------


def of_submission(record: TrialRecord, lab: str = "submission") -> Outcome:
    return Outcome("t", Cell("c", (("lab", lab),)), 0, Status.OK, record=record)


def test_a_broken_rule_comes_with_its_example() -> None:
    broken = {"reads_per_wakeup": "recvfrom of descriptor 5 again\x1b[2J", "partial_waits": "poll"}
    record = of_submission(TrialRecord(trace=Traced(counts={"rules_broken": broken})))
    expectation: Expectation = MetricExpectation(metric="reads_per_wakeup", at_most=1)
    assert examples(expectation, [record, record]) == [
        "for example: recvfrom of descriptor 5 again[2J"
    ]
    assert examples(MetricExpectation(metric="multiplexers", at_most=1), [record]) == []
    assert examples(expectation, [of_submission(TrialRecord(), "reference")]) == []


def test_a_finding_comes_with_what_the_probe_saw() -> None:
    findings = (
        {"case": "page", "kept": "no", "seen": "status 500 instead of 200"},
        {"case": "close", "kept": "no", "seen": "bytes after the last reply"},
        {"case": "large", "kept": "yes"},
    )
    record = of_submission(TrialRecord(findings=findings), "submission/timed")
    of_page = FindingExpectation(finding="kept", where={"case": "page"}, equals="yes")
    assert examples(of_page, [record]) == ["page: status 500 instead of 200"]
    every = FindingExpectation(finding="kept", equals="yes")
    assert len(examples(every, [record])) == 2
