"""The `servers` of a spec: their names, their languages, and each mistake with its message."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from pathlib import Path

import pytest

from runner.spec import SpecError, Suite, effective, load, pairs
from runner.spec.expect import RatioExpectation
from tests.spec.broken_spec import lay

SPEC = """\
version: 1
servers:
  mine: {folder: ../mine}
  other: {folder: other, language: python, environment: {THREADS: 4, NAME: "a b"}}
experiments:
  - id: a
    title: t
    server: {lab: [select, epoll, mine, other], language: [c, python]}
    exclude: [{lab: select, language: python}]
    expect:
      - {ratio: rate, of: {lab: mine}, to: {lab: select}, at_least: 1}
      - {metric: errors, of: {lab: [mine, other]}, at_most: 0}
"""


def written(folder: Path, text: str) -> Path:
    """The spec in a folder of its own, with two servers: beside that, and in it."""
    return lay(
        folder / "specs",
        {"spec.yaml": text, "../mine/server.c": "", "other/server.c": "", "other/server.py": ""},
    )


def suite_of(folder: Path, text: str = SPEC) -> Suite:
    return load(written(folder, text))


def refused(folder: Path, text: str) -> str:
    with pytest.raises(SpecError) as caught:
        load(written(folder, text))
    return str(caught.value).replace(f"{folder}/specs/", "")


def test_an_own_server_has_one_cell_and_no_language(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    assert [cell.name for cell in suite.experiments[0].cells()] == [
        "lab=select language=c",
        "lab=epoll language=c",
        "lab=epoll language=python",
        "lab=mine",
        "lab=other",
    ]


def test_it_is_where_its_path_leads_from_the_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = suite_of(tmp_path)
    assert suite.folder_of("mine") == tmp_path / "mine"
    assert suite.folder_of("other") == tmp_path / "specs" / "other"
    monkeypatch.chdir(tmp_path / "specs")
    assert load("spec.yaml").folder_of("mine") == tmp_path / "mine"


def test_its_language_is_stated_or_seen(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    assert (suite.servers["mine"].language, suite.servers["other"].language) == ("c", "python")
    assert suite.servers["other"].environment == (("THREADS", "4"), ("NAME", "a b"))


def test_it_is_compared_with_the_one_lab_that_is_named(tmp_path: Path) -> None:
    experiment = suite_of(tmp_path).experiments[0]
    ratio = experiment.expect[0]
    assert isinstance(ratio, RatioExpectation)
    ((over, under),) = pairs(experiment, ratio)
    assert (over.name, under.name) == ("lab=mine", "lab=select language=c")


def test_the_effective_text_says_the_same(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    again = written(tmp_path, effective(suite))
    assert load(again) == suite
    assert load(again).hash == suite.hash
    again.rename(tmp_path / "recorded.yaml")
    recorded = load(tmp_path / "recorded.yaml", recorded=True)  # where the folders are not
    assert recorded.hash == suite.hash


def test_without_servers_nothing_is_written_of_them(tmp_path: Path) -> None:
    text = "version: 1\nexperiments: [{id: a, title: t, server: {lab: select}}]\n"
    assert "servers" not in effective(suite_of(tmp_path, text))


MISTAKES = {
    "a wrong path": (
        "../mine}",
        "../mien}",
        (
            "spec.yaml:3:18: servers.mine.folder: there is no folder '../mien'; the spec's folder "
            "leads to ROOT/mien; did you mean 'mine'?"
        ),
    ),
    "a file": (
        "../mine}",
        "../mine/server.c}",
        (
            "spec.yaml:3:18: servers.mine.folder: '../mine/server.c' is a file; type its folder: "
            "../mine"
        ),
    ),
    "no server in it": (
        "folder: other, language: python",
        "folder: labs/probes",
        (
            "spec.yaml:4:19: servers.other.folder: no server is in 'labs/probes'; a server's folder "
            "has one of server.c, server.py, Dockerfile"
        ),
    ),
    "another language": (
        "../mine}",
        "../mine, language: python}",
        "spec.yaml:3:37: servers.mine.language: '../mine' has no server.py; type language: c",
    ),
    "a lab's name": (
        "  mine: {",
        "  epoll: {",
        "spec.yaml:3:3: servers.epoll: 'epoll' is a lab's name; type another one, such as my-epoll",
    ),
    "no name": (
        "  mine: {",
        "  My Server: {",
        (
            "spec.yaml:3:3: servers.My Server: 'My Server' is no name of a server; type lower-case "
            "letters, digits, '-' and '_'"
        ),
    ),
    "a path alone": (
        "{folder: ../mine}",
        "../mine",
        (
            "spec.yaml:3:9: servers.mine: '../mine' where a mapping is needed; type "
            "{folder: ../mine}"
        ),
    ),
    "a variable of the shell": (
        "../mine}",
        "$HOME/mine}",
        "spec.yaml:3:18: servers.mine.folder: there is no folder '$HOME/mine'; the spec's folder leads to $HOME/mine; a spec replaces no variables: type the path itself",
    ),
    "nothing": (
        "{folder: ../mine}",
        "{language: c}",
        "spec.yaml:3:9: servers.mine: nothing says where the server is; add folder: ../my_server, or command: [PROGRAM, ARGUMENT]",
    ),
    "a key misspelt": (
        "folder: ../mine",
        "foldr: ../mine",
        "spec.yaml:3:10: servers.mine.foldr: unknown key; did you mean 'folder'?",
    ),
    "a variable of the runner": (
        "THREADS: 4",
        "PORT: 4",
        "spec.yaml:4:57: servers.other.environment: PORT is set by the runner; delete it",
    ),
    "a setting that YAML reads as another thing": (
        "THREADS: 4",
        "THREADS: on",
        (
            "spec.yaml:4:57: servers.other.environment: THREADS: true is not text; type THREADS: '...'"
            " in quotes"
        ),
    ),
    "a language that is no axis": (
        "of: {lab: mine}",
        "of: {lab: mine, language: c}",
        (
            "spec.yaml:11:49: experiments[0].expect[0].of.language: 'mine' is one of `servers`: its "
            "language is its own, and no axis; delete it"
        ),
    ),
    "two counterparts": (
        "to: {lab: select}",
        "to: {lab: epoll}",
        (
            "spec.yaml:11:9: experiments[0].expect[0]: 'lab=mine' has 2 counterparts in to: "
            "{lab: epoll}; they are 'lab=epoll language=c', 'lab=epoll language=python'; add language "
            "to 'to'"
        ),
    ),
    "a name misspelt": (
        "mine, other], language",
        "mine, othr], language",
        (
            "spec.yaml:8:41: experiments[0].server.lab[3]: there is no lab 'othr'; `servers` has "
            "mine, other; did you mean 'other'?"
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, mistake: str) -> None:
    right, wrong, line = MISTAKES[mistake]
    assert right in SPEC
    said = refused(tmp_path, SPEC.replace(right, wrong, 1))
    assert said.splitlines()[0] == line.replace("ROOT", str(tmp_path))


def test_a_folder_where_a_name_is_needed_gets_the_lines_to_write(tmp_path: Path) -> None:
    text = "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: WHAT}}\n"
    lines = ["    servers:", "      other: {folder: other}", "    server: {lab: other}"]
    assert refused(tmp_path, text.replace("WHAT", "other")).splitlines()[1:] == lines
    lines[1] = "      mine: {folder: ../mine}"
    lines[2] = "    server: {lab: mine}"
    assert refused(tmp_path, text.replace("WHAT", "../mine")).splitlines()[1:] == lines


def test_only_the_first_file_has_servers(tmp_path: Path) -> None:
    written(tmp_path, "version: 1\nservers: {mine: {folder: ../mine}}\nexperiments: []\n")
    (tmp_path / "specs/spec.yaml").rename(tmp_path / "specs/more.yaml")
    said = refused(tmp_path, "version: 1\ninclude: more.yaml\n")
    assert said == "more.yaml:2:1: servers: only the first file has servers; move them to that file"
