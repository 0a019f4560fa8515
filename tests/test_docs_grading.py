"""The pages about grading: the command line takes each of their commands as it is written, and the
reader of assignments takes their YAML."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from runner.cli import cli
from runner.cli.outputs import parse_outputs
from runner.grade.assignment_folder import find_assignment
from runner.grade.scaffold import scaffold, write
from runner.paths import LABS, ROOT
from runner.report.grade import CLASS, FILLED, FORMATS
from runner.spec import load_assignment

PAGES = [
    *(ROOT / "docs" / f"{name}.md" for name in ("grading", "homework", "proof")),
    *sorted((ROOT / "docs").glob("submissions*.md")),
    *sorted((ROOT / "docs").glob("grading-exports*.md")),
    *sorted((LABS / "homework").rglob("README*.md")),
]
HANDED_IN = (
    *("handed-in/anna/server.c", "anna.zip", "alice.zip", "worksheet.csv", "gradebook.csv"),
    *("grades/select-echo/anna/grade.json", "grades/my-echo/anna/grade.json"),
)
"""Files of a reader who types the commands."""
PART = """\
version: 1
assignment: {{title: {{en: A part}}, model: select, languages: [c], expected: 20s}}
experiments:
  - {{id: echo, title: t, measure: conformance, server: {{lab: submission}}, fleet: {{case: bytes}},
     expect: [{{metric: kept, equals: 1, points: 1}}]}}
  - id: part
    title: t
    measure: trace
    server: {{lab: submission}}
    expect: [{{metric: blocks_in, equals: select, points: 1}}]
    {part}
"""


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of a page, also those of a list."""
    fence = re.compile(rf"^ *```{language}\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    return fence.findall(page.read_text(encoding="utf-8"))


def inline(pattern: str) -> list[str]:
    texts = (page.read_text(encoding="utf-8") for page in PAGES)
    return sorted({each for text in texts for each in re.findall(f"`({pattern})`", text)})


def typed() -> list[str]:
    lines = (line.strip() for page in PAGES for block in fenced(page, "console") for line in
             block.splitlines())  # fmt: skip
    wanted = re.compile(r"\$ (\.venv/bin/)?runner ")
    return sorted({line[2:] for line in lines if wanted.match(line)})


def loaded(group: click.Group, name: str) -> click.Command:
    """A command of the lab is imported when it is asked for."""
    command = group.get_command(click.Context(group), name)
    assert command is not None, f"no command {name!r}"
    return command


def command_of(words: list[str]) -> tuple[click.Command, str, list[str]]:
    command: click.Command = cli
    name = words.pop(0)
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = loaded(command, name)
    return command, name, words


@pytest.mark.parametrize("line", typed())
def test_a_command_is_taken_as_it_is_written(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "my-echo", scaffold("my-echo", "poll", ("c",), LABS))
    for name in HANDED_IN:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    command, name, words = command_of(shlex.split(line))
    given = command.make_context(name, words).params
    if given.get("assignment"):
        assert find_assignment(given["assignment"]).load().points == 100
    for output in parse_outputs(given.get("outputs", ()), (*FORMATS, *CLASS, *FILLED)):
        for path in str(output.path).split(":")[1:]:
            assert Path(path).is_file(), "a table that the reader has downloaded"


@pytest.mark.parametrize("text", inline(r"(?:\.venv/bin/)?runner [a-z][^`]*"))
def test_a_command_in_a_sentence_exists_with_its_options(text: str) -> None:
    command, _, words = command_of(shlex.split(text))
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("option", inline(r"--[a-z-]+(?: [^`]*)?"))
def test_an_option_in_a_sentence_exists(option: str) -> None:
    graders = ("grade", "grades", "regrade", "verify")
    params = [each for name in graders for each in loaded(cli, name).params]
    known = {name for parameter in params for name in parameter.opts}
    assert option.split(maxsplit=1)[0] in known


@pytest.mark.parametrize(
    "part", inline(r"(?:proof|limits|needs|hint|bonus|sightings|measure): (?![^`]*\.\.\.)[^`]+")
)
def test_yaml_in_a_sentence_is_valid_in_a_check(part: str, tmp_path: Path) -> None:
    """A sentence may repeat a key of the check around it."""
    key = part.partition(":")[0]
    kept = [line for line in PART.splitlines() if not line.startswith(f"    {key}:")]
    path = tmp_path / "grade.yaml"
    path.write_text("\n".join(kept).format(part=part), encoding="utf-8")
    assert load_assignment(path).experiments


@pytest.mark.parametrize("path", sorted((LABS / "homework").glob("*/*.yaml")), ids=str)
def test_an_editor_is_told_the_schema_of_assignments(path: Path) -> None:
    named = re.search(r"\$schema=(\S+)", path.read_text(encoding="utf-8"))
    if named is not None:
        schema = (path.parent / named[1]).resolve()
        assert schema == ROOT / "schema" / "assignment.v1.json"
