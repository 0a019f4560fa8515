"""`runner grade --public`: what differs between the student's machine and the grader's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from runner.grade import record
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.begin import Order, lay_out
from runner.grade.differs import EFFECTS, Difference, differences
from runner.grade.error import AssignmentError
from runner.grade.grading import Grading, options_of
from runner.grade.machine_facts import GRADER, MachineFacts, as_text, facts_of, from_text
from runner.grade.record import Grade
from runner.grade.regrade import conditions
from runner.report.grade import FORMATS, View
from tests.grade.samples import GRADE, HOME
from tests.grade.small import Scripted, assignment, submission

GRADER_IS = MachineFacts(
    engine="docker", kernel="6.1.0-1-amd64", cpu="A CPU", cpus=8, memory=32 << 30, nofile=1 << 20,
    compiler="Debian's, image 1234", python="Debian's, image 1234", io_uring="0", lab="0.1.0",
    checks="ab" * 32,
)  # fmt: skip
LACK = "no network namespace: a server can reach the network of this machine"


def names(found: Sequence[Difference]) -> list[str]:
    return [each.what for each in found]


def test_the_same_machine_differs_in_nothing() -> None:
    assert differences(GRADER_IS, GRADER_IS) == ()


@pytest.mark.parametrize(
    ("what", "here"),
    [
        ("checks", replace(GRADER_IS, checks="cd" * 32)),
        ("lab", replace(GRADER_IS, lab="0.2.0")),
        ("engine", replace(GRADER_IS, engine="process")),
        ("kernel", replace(GRADER_IS, kernel="6.12")),
        ("CPU", replace(GRADER_IS, cpu="Another CPU")),
        ("CPUs", replace(GRADER_IS, cpus=2)),
        ("CPU quota", replace(GRADER_IS, quota=0.5)),
        ("memory", replace(GRADER_IS, memory=8 << 30)),
        ("descriptors", replace(GRADER_IS, nofile=4096)),
        ("compiler", replace(GRADER_IS, compiler="cc 14")),
        ("Python", replace(GRADER_IS, python="3.13.1")),
        ("io_uring", replace(GRADER_IS, io_uring="2")),
        ("isolation", replace(GRADER_IS, lacks=(LACK,))),
    ],
)
def test_each_difference_is_named_alone_with_what_it_can_change(
    what: str, here: MachineFacts
) -> None:
    [there] = differences(here, GRADER_IS)
    assert (there.what, there.effect) == (what, EFFECTS[what])
    [back] = differences(GRADER_IS, here)
    assert (back.here, back.grader) == (there.grader, there.here)


def test_what_only_one_machine_protects_says_which() -> None:
    [found] = differences(GRADER_IS, replace(GRADER_IS, lacks=(LACK,)))
    assert (found.here, found.grader) == ("present", f"missing: {LACK}")


def test_without_a_word_of_the_grader_the_facts_that_often_differ_are_listed() -> None:
    here = replace(GRADER_IS, quota=0.5, io_uring="2", lacks=(LACK,))
    found = differences(here, None)
    facts = ["engine", "kernel", "CPUs", "descriptors", "compiler", "Python"]
    assert names(found) == [*facts, "CPU quota", "io_uring", "isolation"]
    assert {each.grader for each in found} == {""}
    assert not {"CPU quota", "io_uring"} & set(names(differences(GRADER_IS, None)))


def test_the_facts_are_those_of_the_run() -> None:
    host = {"kernel": "6.12", "cpus": [0, 1], "packages": {"iolab": "0.1.0"}, "git": "ab" * 20}
    process = {"name": "process", "compiler": "cc 12", "python": "3.11.7", "lacks": [LACK]}
    docker = {
        "name": "docker",
        "kernel": "6.1",
        "debian": "sha256:" + "12" * 32,
        "images": {"a": 1},
    }
    here = facts_of({"host": host, "engine": process}, nofile=7, quota=None, checks="c")
    assert (here.kernel, here.compiler, here.cpus, here.lacks) == ("6.12", "cc 12", 2, (LACK,))
    assert here.lab == "0.1.0 abababababab"
    boxed = facts_of({"host": host, "engine": docker}, nofile=7, quota=None, checks="c")
    assert (boxed.kernel, boxed.compiler) == ("6.1", "Debian's, image 121212121212")
    assert from_text(as_text(boxed)) == boxed


def graded_at_home(home: Path, facts: MachineFacts | None) -> Grade:
    source = AssignmentFolder(assignment(home))
    if facts is not None:
        (source.path / GRADER).write_text(as_text(facts), encoding="utf-8")
    order = Order(source, submission(home), home / "grades", "process", public=True, seed=7)
    engine = Scripted()
    with lay_out(order, lambda _: None) as layout:
        assert layout.assignment is not None
        plan = options_of(layout).plan(layout.assignment, engine.nofile_max())
        grading = Grading.begin(layout, layout.assignment, plan, engine, lambda _: None)
        grading.opened.lock.close()
        return grading.grade


def test_at_home_the_grade_lists_what_differs(tmp_path: Path) -> None:
    grade = graded_at_home(tmp_path, GRADER_IS)
    assert grade.grader == GRADER_IS
    assert {"engine", "descriptors", "checks"} <= set(names(grade.differs))
    assert grade.machine is not None
    assert grade.machine.checks == AssignmentFolder(tmp_path / "small").load(public=True).hash


def test_at_home_nothing_differs_on_the_graders_own_machine(tmp_path: Path) -> None:
    facts = graded_at_home(tmp_path / "calibrated", None).machine
    assert facts is not None
    assert graded_at_home(tmp_path / "home", facts).differs == ()


@pytest.mark.parametrize("format_", ["text", "md", "html"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_names_every_difference_and_its_effect(format_: str, language: str) -> None:
    shown = unescape(FORMATS[format_](HOME, View(language=language)).decode())
    assert len(HOME.differs) > 1
    for each in HOME.differs:
        told = [each.what, each.here, each.grader, each.effect.partition(":")[0].partition(";")[0]]
        assert all(text in shown.replace("\\", "") for text in told if text), each
    graded = FORMATS[format_](replace(GRADE, machine=GRADER_IS), View(language=language)).decode()
    assert HOME.differs[0].effect not in graded, "the instructor's grade compares nothing"


def test_a_report_says_that_nothing_differs_and_that_nothing_is_known() -> None:
    same = FORMATS["text"](replace(HOME, differs=()), View()).decode()
    assert "Nothing that the lab knows differs" in same
    unknown = FORMATS["text"](replace(HOME, grader=None), View()).decode()
    assert "no grader.json" in unknown
    assert re.search("kernel: here .*; grader: ", unknown)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"engine": "docker"}', '{"engine": 1, "kernel": "x"}']
)
def test_a_grader_that_cannot_be_read_is_named(content: str, tmp_path: Path) -> None:
    source = AssignmentFolder(assignment(tmp_path))
    (source.path / GRADER).write_text(content, encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"small/grader\.json: .*; get the file"):
        source.grader()


def test_a_new_word_of_the_grader_is_graded_anew(tmp_path: Path) -> None:
    first = graded_at_home(tmp_path, GRADER_IS)
    source = AssignmentFolder(tmp_path / "small")
    (source.path / GRADER).write_text(as_text(replace(GRADER_IS, cpus=4)), encoding="utf-8")
    order = Order(source, tmp_path / "alice", tmp_path / "grades", "process", public=True, seed=7)
    with lay_out(order, lambda _: None) as layout:
        assert layout.grade.grader != first.grader


def test_a_regrading_names_what_of_the_machine_changed() -> None:
    then = replace(GRADE, machine=GRADER_IS)
    now = replace(GRADE, machine=replace(GRADER_IS, compiler="cc 14", kernel="6.12"))
    assert conditions(then, now) == ("compiler: Debian's, image 1234 before, cc 14 now",)


def test_grade_json_carries_it() -> None:
    kept = json.loads(record.as_text(HOME))
    assert [set(each) for each in kept["differs"]] == [{"what", "here", "grader", "effect"}] * 3
    assert record.from_text(record.as_text(HOME)) == HOME
