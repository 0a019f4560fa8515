"""A run is named in the same way by every command, and its name is only ever text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.results import RunFolder
from tests.cli.inside import controls, told
from tests.runs.strange import made
from tests.test_ci import commands

EVIL = ("\x1b]0;pwned\x07x", "a\n::error::pwned", "::error::pwned", "##[group]x", "\u202ex", "-x")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    made(tmp_path)
    (folder,) = (tmp_path / "results").iterdir()
    folder.rename(tmp_path / "results" / "one")
    shutil.copytree(tmp_path / "results" / "one", tmp_path / "results" / "two")
    return tmp_path / "results"


NAMED = (
    ("show", "RUN"),
    ("report", "RUN"),
    ("verify", "RUN", "--allow-unsigned"),
    ("claims", "--run", "RUN"),
    ("baseline", "RUN", "-o", "/dev/null"),
    ("compare", "RUN", "two"),
    ("compare", "two", "RUN", "--ratios"),
    ("run", "--resume", "RUN"),
)


@pytest.mark.parametrize("words", NAMED, ids=" ".join)
def test_every_command_takes_a_run_by_its_name_and_by_its_folder(
    results: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.parent)
    more = ("--results", str(results))
    for name in ("one", str(results / "one"), "results/one"):
        found = told(*(name if word == "RUN" else word for word in words), *more)
        assert "no such folder" not in found.err, found.err
        another_spec = "is not the spec that this run was begun with" in found.err
        assert found.code in (0, 1, 3, 4, 6) or another_spec, found
    found = told(*("nonsense" if word == "RUN" else word for word in words), *more)
    assert (found.code, found.out) == (2, ""), found
    assert f"nonsense: no such folder, and {results} holds no run of that name" in found.err
    near = told(*("on" if word == "RUN" else word for word in words), *more)
    assert (near.code, "did you mean one?" in near.err) == (2, True), near


@pytest.mark.parametrize("name", [*EVIL, "\udcff"], ids=ascii)
def test_a_folder_s_name_gives_no_command_and_no_escape(
    results: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (results / "one").rename(results / name)
    monkeypatch.chdir(results)
    given = ("--results", str(results), "--", name)
    for words in (
        ("list", *given[:2]),
        *((each, *given) for each in ("show", "report", "verify")),
        ("claims", "--run", str(results / name)),
        ("compare", *given[:3], name, str(results / "two")),
        ("show", "--", f"no {name}"),
        ("trace", "--", f"no {name}"),
        ("validate", "--", f"no {name}"),
    ):
        found = told(*words)
        assert "Traceback" not in found.err, found.err
        assert controls(found.all) == [], found.all
        assert commands(found.all) == [], found.all
    for report in ("table.txt", "report.md", "junit.xml", "report.json"):
        text = (results / name / report).read_text(encoding="utf-8")
        assert (controls(text), commands(text)) == ([], [])


def test_the_list_tells_planned_trials_from_further_ones(results: Path) -> None:
    """33 were planned, 39 were measured; of the other run a part."""
    trials = results / "two" / "trials.jsonl"
    trials.write_text("".join(trials.read_text().splitlines(keepends=True)[:5]))
    listed = told("list", "--results", str(results)).out
    assert " 33 + 6 " in listed
    assert " 5 of 33 " in listed


def test_a_folder_without_a_run_in_it_is_a_mistake_in_the_command(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in ("show", "report", "verify"):
        found = told(command, str(tmp_path / "empty"))
        assert (found.code, "has no run.json" in found.err) == (2, True), found


def test_a_page_of_claims_removes_no_file_but_its_own(results: Path) -> None:
    page = results.parent / "docs" / "x.md"
    plots = page.with_suffix("")
    plots.mkdir(parents=True)
    kept = ("logo.svg", "c9.svg", "c9-one.svg", "c99-1.svg", "C9-1.svg", "c9-01.svg", "c9-1.png")
    for name in (*kept, "c9-1.svg", "t2-7.svg"):
        (plots / name).write_text("someone's")
    done = told("claims", "--run", str(results / "one"), "-o", str(page))
    assert done.code == 4, done.err  # most claims have no evidence
    assert page.exists()
    assert {path.name for path in plots.iterdir() if path.read_text() == "someone's"} == set(kept)
    assert told("claims", "-o", str(page.with_suffix(""))).code == 2


def test_resuming_otherwise_than_it_was_begun_is_said_as_it_is_typed(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.parent)
    for words, said in (
        (("--repeat", "9"), "was begun without --repeat, not with --repeat 9"),
        (("--quick",), "was begun without --quick, not with --quick"),
        (("--filter", "a", "--filter", "b"), "without --filter, not with --filter a --filter b"),
    ):
        found = told("run", "--resume", "one", *words)
        assert found.code == 2
        assert said in found.err
        assert "nothing" not in found.err


def test_a_name_of_a_run_is_taken_from_its_folder(tmp_path: Path) -> None:
    assert RunFolder(tmp_path / "a\x1b[31mb").name == "a[31mb"
    assert RunFolder(tmp_path / "\udcff\x1b").name == r"\udcff\x1b", "no name vanishes"
    assert RunFolder(Path("/a/\n/b")).shown == r"/a/\n/b"
