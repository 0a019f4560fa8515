"""`runner grade`, as it is typed, on real servers: what is printed, what is kept, how it ends."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from runner.grade.record import State, from_text
from tests.cli.inside import told
from tests.cli.test_run import ENGINES
from tests.grade.platforms import Gradescope
from tests.grade.small import assignment, submission

SLOWLY = "    for (volatile int i = 0; i < 2000000; i++)\n        ;\n    switch (echo_step(fd)) {"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an assignment."""
    monkeypatch.chdir(tmp_path)
    assignment(tmp_path)
    return tmp_path


def grade(home: Path, name: str, *words: str) -> tuple[int, dict[str, State], str]:
    done = told("grade", "small", "--submission", name, "--trust", *words)
    kept = from_text((home / "grades" / "small" / Path(name).stem / "grade.json").read_bytes())
    return done.code, {each.id: each.state for each in kept.checks}, done.all


@pytest.mark.alone  # it measures
@pytest.mark.parametrize("engine", ENGINES)
def test_a_good_submission(home: Path, engine: str) -> None:
    submission(home)
    exports = ["-o", "gradescope=results.json", "--lang", "zh"]
    code, states, said = grade(home, "alice", "--engine", engine, *exports)
    speed = states.pop("speed")
    assert set(states.values()) == {State.PASS}, said
    assert (speed, code) in ((State.PASS, 0), (State.INCONCLUSIVE, 4)), "noise costs nothing"
    assert "100 分中得 100 分" in said
    exported = Gradescope.model_validate_json((home / "results.json").read_bytes())
    assert exported.score == 100
    assert len(exported.tests) == len(states) + 1
    folder = home / "grades" / "small" / "alice"
    assert told("verify", str(folder)).code == 0
    assert {path.name for path in folder.iterdir()} >= {
        "grade.json", "manifest.json", "report.html", "report.md", "run", "work"
    }  # fmt: skip
    same = ("grade", "small", "--submission", "alice", "--engine", engine)
    again, full = (told(*same, *more) for more in ((), ("--instructor",)))
    for each in (again, full):
        assert (each.code, "holds this grade already" in each.err) == (code, True)
    hidden = "Does it serve several clients? (hidden)\n  expected: errors"
    assert [hidden in each.out for each in (again, full)] == [False, True]
    assert "errors" not in (folder / "report.md").read_text().partition("(hidden)")[2]


@pytest.mark.alone  # it measures
def test_a_submission_that_is_too_slow(home: Path) -> None:
    """In windows that one pause of the machine does not fill."""
    spec = home / "small" / "grade.yaml"
    text = spec.read_text(encoding="utf-8")
    assert "duration: 100ms" in text
    spec.write_text(text.replace("duration: 100ms", "duration: 500ms"), encoding="utf-8")
    given = submission(home, "slow")
    text = (given / "server.c").read_text(encoding="utf-8")
    assert "    switch (echo_step(fd)) {" in text
    text = text.replace("    switch (echo_step(fd)) {", SLOWLY)
    (given / "server.c").write_text(text, encoding="utf-8")
    code, states, said = grade(home, "slow", "--engine", "process")
    assert (code, states["echo"], states["speed"]) == (1, State.PASS, State.FAIL), said


def test_a_submission_that_does_not_compile(home: Path) -> None:
    (submission(home, "broken") / "server.c").write_text("int main(void) { return 0 }\n")
    code, states, said = grade(home, "broken", "--engine", "process", "-o", "gradescope=out.json")
    assert code == 1
    assert states == {
        "echo": State.FAIL, "one": State.NEEDS, "speed": State.NEEDS, "secret": State.NEEDS
    }  # fmt: skip
    assert re.search(r"server\.c:1:\d+: error: expected", said)
    assert "A hidden hint" not in said
    assert "NOT RUN 0 of 10: Is it one process?" in said, "as in the report"
    assert json.loads((home / "out.json").read_text(encoding="utf-8"))["score"] == 0


def test_an_archive_is_a_submission_too(home: Path) -> None:
    given = submission(home, "carol")
    (given / "server.c").write_text("int main(void) { return 0; }\n")
    shutil.make_archive(str(home / "carol"), "zip", home, "carol")
    shutil.rmtree(given)
    code, states, _ = grade(home, "carol.zip", "--engine", "process", "--public")
    assert (code, states["echo"], "secret" in states) == (1, State.FAIL, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade", "smal", "--submission", "alice"), "smal: no folder with a grade.yaml"),
        (("grade", "small", "--submission", "nobody"), "'nobody' does not exist"),
        (("grade", "small"), "--submission"),
        (("grade", "small", "--submission", "alice", "-o", "gradescop=x"), "did you mean"),
        (("run", "small/grade.yaml"), "this file is an assignment; type runner grade"),
    ],
)
def test_a_mistake_in_the_command_is_one_clear_error(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    submission(home)
    done = told(*words)
    assert (done.code, said in done.err) == (2, True), done.err
    assert "Traceback" not in done.err
    assert not (home / "grades").exists()


def test_validate_reads_an_assignment(home: Path) -> None:
    done = told("validate", str(home / "small" / "grade.yaml"))
    assert (done.code, "valid, experiments: 4, cells: 5" in done.out) == (0, True)
    (home / "small" / "reference" / "server.py").unlink()
    done = told("validate", str(home / "small" / "grade.yaml"))
    assert (done.code, "the reference has no server.py" in done.err) == (2, True)


def test_the_reference_is_out_of_reach(home: Path) -> None:
    given = home / "thief"
    given.mkdir()
    (given / "server.py").write_text('"""A server.\n\nUses: reference\n"""\nimport reference\n')
    code, states, said = grade(home, "thief", "--engine", "process")
    assert (code, states["echo"]) == (1, State.FAIL)
    assert "Uses: 'reference' is not a lab beside submission" in said
