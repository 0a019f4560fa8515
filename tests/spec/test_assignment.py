"""An assignment: a spec with points, needs and hidden checks, and its loader's words of mistakes."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from runner.spec import Assignment, SpecError, assignment_schema, effective, load, load_assignment
from tests.spec.test_schema import faults

PUBLIC = """\
version: 1
assignment:
  title: {en: An echo server with select, zh: 用 select 写一个回显服务器}
  model: select
  languages: [c, python]
  expected: 25s
experiments:
  - id: model
    title: Does it wait in select?
    measure: trace
    server: {lab: submission}
    needs: [echo]
    hint: Look at select(2).
    expect: [{metric: model, equals: select, points: 30}]
  - id: echo
    title: Is every byte echoed?
    server: {lab: submission}
    expect: [{metric: errors, of: {}, at_most: 0, points: 20}]
  - id: extra
    title: Is it quick as well?
    server: {lab: [submission, reference]}
    bonus: true
    expect:
      - {ratio: rate, of: {lab: submission}, to: {lab: reference}, at_least: 0.9, points: 5}
"""
HIDDEN = """\
version: 1
experiments:
  - id: secret
    title: Does it hold under load?
    server: {lab: submission}
    needs: [echo]
    expect: [{metric: errors, of: {}, at_most: 0, points: 7}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("grade.yaml").write_text(PUBLIC, encoding="utf-8")
    Path("hidden.yaml").write_text(HIDDEN, encoding="utf-8")
    return tmp_path


def test_hidden_checks_come_after_the_public_ones(folder: Path) -> None:
    whole = load_assignment(folder / "grade.yaml")
    assert [(check.id, check.hidden) for check in whole.experiments] == [
        ("model", False), ("echo", False), ("extra", False), ("secret", True)
    ]  # fmt: skip
    assert whole.points == 57, "without the bonus"
    public = load_assignment(folder / "grade.yaml", hidden=False)
    assert [check.id for check in public.experiments] == ["model", "echo", "extra"]
    assert public.points == 50
    assert public.hash != whole.hash


def test_a_check_runs_after_those_that_it_needs(folder: Path) -> None:
    order = load_assignment(folder / "grade.yaml").in_order()
    assert [check.id for check in order] == ["echo", "model", "extra", "secret"]


def test_the_servers_are_in_the_language_of_the_submission(folder: Path) -> None:
    assignment = load_assignment(folder / "grade.yaml")
    python = assignment.in_language("python")
    assert {cell.get("language") for each in python.experiments for cell in each.cells()} == {
        "python"
    }
    assert python.hash not in (assignment.hash, assignment.in_language("c").in_language("c").hash)


def test_the_recorded_text_is_the_same_assignment(folder: Path) -> None:
    assignment = load_assignment(folder / "grade.yaml").in_language("python")
    kept = folder / "effective.yaml"
    kept.write_text(effective(assignment), encoding="utf-8")
    again = load(kept, recorded=True)
    assert isinstance(again, Assignment)
    assert (again, again.hash) == (assignment, assignment.hash)


def test_a_recorded_text_of_a_stranger_is_cleaned(folder: Path) -> None:
    text = effective(load_assignment(folder / "grade.yaml"))
    hostile = text.replace("Look at", "\u202eLook at").replace("An echo", "\u202eAn echo")
    kept = folder / "effective.yaml"
    kept.write_text(hostile, encoding="utf-8")
    assert "\u202e" not in effective(load(kept, recorded=True))


def test_both_files_fit_the_schema(folder: Path) -> None:
    assert faults(yaml.safe_load((folder / "grade.yaml").read_text()), assignment_schema()) == []
    for reserved in ("hidden: true", "server: {lab: submission, language: c}"):
        wrong = PUBLIC.replace("needs: [echo]", reserved, 1)
        assert faults(yaml.safe_load(wrong), assignment_schema()) != []


def test_a_spec_of_an_assignment_is_not_run(folder: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(folder / "grade.yaml")
    assert str(caught.value).endswith(
        "grade.yaml:2:1: assignment: this file is an assignment; type runner grade with its folder"
    )


SERVER = "server: {lab: submission}"
CHECK = "experiments[0]"
MISTAKES = {
    "unknown-need": (
        "needs: [echo]", "needs: [ecko]",
        f"12:13: {CHECK}.needs[0]: there is no check 'ecko'; there are model, echo, extra, secret; did you mean 'echo'?",
    ),
    "needs-twice": (
        "needs: [echo]", "needs: [echo, echo]",
        f"12:19: {CHECK}.needs[1]: 'echo' is listed twice; list it once",
    ),
    "a-circle": (
        "title: Is every byte echoed?", "title: t\n    needs: [model]",
        f"12:12: {CHECK}.needs: checks need each other in a circle: model → echo → model; break the circle",
    ),
    "a-public-check-needs-a-hidden-one": (
        "needs: [echo]", "needs: [secret]",
        f"12:13: {CHECK}.needs[0]: 'secret' is hidden, and this check is public; students run it alone; move this one as well",
    ),
    "another-server": (
        SERVER, "server: {lab: submision}",
        f"11:19: {CHECK}.server.lab: 'submision' is not graded; type submission or reference; did you mean 'submission'?",
    ),
    "a-form-of-another-server": (
        SERVER, "server: {lab: epoll/timed}",
        f"11:19: {CHECK}.server.lab: 'epoll/timed' is not graded; type submission or reference",
    ),
    "a-language": (
        SERVER, "server: {lab: submission, language: c}",
        f"11:31: {CHECK}.server.language: the servers are in the submission's language; assignment.languages says which may be used; delete it",
    ),
    "hidden-by-hand": (
        "needs: [echo]", "hidden: true",
        f"12:5: {CHECK}.hidden: unknown key; hidden are the checks of hidden.yaml, and no others; delete it",
    ),
    "nothing-expected": (
        "    expect: [{metric: model, equals: select, points: 30}]\n", "",
        f"8:5: {CHECK}: a check without an expectation grades nothing; add expect:",
    ),
    "no-bool": (
        "bonus: true", "bonus: 5",
        "22:12: experiments[2].bonus: 5 is neither true nor false; type true or false",
    ),
    "a-typing-error": (
        "needs:", "neds:", f"12:5: {CHECK}.neds: unknown key; did you mean 'needs'?",
    ),
    "a-key-of-the-assignment": (
        "model: select", "modle: select",
        "4:3: assignment.modle: unknown key; did you mean 'model'?",
    ),
    "another-language": (
        "[c, python]", "[c, rust]",
        "5:18: assignment.languages[1]: 'rust' is not a language; type one of c, python, dockerfile",
    ),
    "points-for-no-claim": (
        "hint: Look at select(2).", "proof: {waits im: 5}",
        f"13:12: {CHECK}.proof: 'waits im' is not a claim of a model; did you mean 'waits in'?",
    ),
    "a-proof-without-a-trace": (
        "bonus: true", "proof: {waits in: 5}",
        "22:12: experiments[2].proof: measure: load records no system calls; a proof needs them; type measure: trace",
    ),
    "no-unit": ("25s", "25", "6:13: assignment.expected: 25 has no unit; type 25ms or 25s"),
    "no-english-title": (
        "en: An echo server with select, ", "",
        "3:10: assignment.title.en: missing; add en: and the title in one line",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_what_to_type(folder: Path, name: str) -> None:
    right, wrong, line = MISTAKES[name]
    assert right in PUBLIC
    (folder / "grade.yaml").write_text(PUBLIC.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_assignment("grade.yaml")
    assert str(caught.value).splitlines()[0] == f"grade.yaml:{line}"


def test_points_are_somewhere(folder: Path) -> None:
    for points in ("30", "20"):
        text = (folder / "grade.yaml").read_text(encoding="utf-8")
        (folder / "grade.yaml").write_text(text.replace(f", points: {points}", ""), "utf-8")
    with pytest.raises(SpecError, match="every check with points is a bonus; add points: 10 to"):
        load_assignment("grade.yaml", hidden=False)


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("needs:", "neds:", "6:5: experiments[0].neds: unknown key; did you mean 'needs'?"),
        ("[echo]", "[ecko]", "6:13: experiments[0].needs[0]: there is no check 'ecko'; there are model, echo, extra, secret; did you mean 'echo'?"),
        ("id: secret", "id: echo", "3:9: experiments[0].id: 'echo' is the id of another experiment, at grade.yaml:15:9; type another id"),
        ("version: 1", "version: 1\nassignment: {}", "2:1: assignment: unknown key; known here: version, include, experiments"),
        ("version: 1", "version: [", "3:3: no value where one is needed; close every [ and {; quote text with special characters"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_hidden_file_is_named_there(
    folder: Path, right: str, wrong: str, line: str
) -> None:
    (folder / "hidden.yaml").write_text(HIDDEN.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_assignment("grade.yaml")
    assert str(caught.value) == f"hidden.yaml:{line}"
