"""A run folder of a stranger: whatever it holds, it is named, and no command falls over it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from runner.results import REPORTS, RunFolder, Signer, seal
from tests.cli.inside import Told, controls, told
from tests.examples import examples
from tests.page.markup import faults
from tests.runs.strange import (
    SHOWN_TEXTS,
    as_json,
    changed,
    made,
    places,
    value_at,
    values,
)
from tests.test_ci import commands

CODES = range(7)
EXAMPLES = settings(
    max_examples=examples(15), deadline=None, derandomize=True,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
KEY = Signer(bytes(range(32)))


@pytest.fixture(scope="module")
def sound() -> Iterator[Path]:
    """The parent of `results`."""
    with tempfile.TemporaryDirectory() as name:
        made(Path(name))
        yield Path(name)


@contextmanager
def copied(sound: Path) -> Iterator[RunFolder]:
    """A copy of the sound folder, and beside it one that nothing is wrong with."""
    with tempfile.TemporaryDirectory() as name:
        (original,) = (sound / "results").iterdir()
        shutil.copytree(original, Path(name) / "sound")
        yield RunFolder(Path(shutil.copytree(original, Path(name) / "strange")))


def require_harmless(found: Told) -> None:
    assert found.code in CODES, found
    assert "Traceback" not in found.err, found.err
    assert controls(found.all) == [], found.all
    assert commands(found.all) == [], found.all


COMMANDS = (
    ("show", "strange"),
    ("report", "strange"),
    ("verify", "strange", "--allow-unsigned"),
    ("claims", "--run", "strange"),
    ("claims", "--json", "--run", "strange"),
    ("compare", "sound", "strange"),
    ("compare", "strange", "sound", "--ratios", "-o", "markdown=-"),
    ("baseline", "strange", "-o", "/dev/null"),
)


def require_all_harmless(folder: RunFolder, words: Sequence[Sequence[str]] = COMMANDS) -> None:
    results = str(folder.path.parent)
    listed = told("list", "--results", results)
    require_harmless(listed)
    assert listed.code == 0
    assert "\nsound " in listed.out, "the others are listed"
    assert "strange" in listed.out, "the bad one is named"
    for command in words:
        require_harmless(told(*command, "--results", results))
        if command[0] == "report" and (folder.path / "report.json").exists():
            require_reports(folder.path)


def some() -> st.SearchStrategy[list[tuple[str, ...]]]:
    """Two of the commands: all of them at each example would take minutes."""
    return st.lists(st.sampled_from(COMMANDS), min_size=2, max_size=2, unique=True)


def require_reports(folder: Path) -> None:
    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is no JSON")

    json.loads((folder / "report.json").read_text(encoding="utf-8"), parse_constant=refuse)
    JUnitXml.fromstring((folder / "junit.xml").read_bytes())
    rows = list(csv.reader(io.StringIO((folder / "trials.csv").read_text(encoding="utf-8"))))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]
    assert faults((folder / "report.html").read_text(encoding="utf-8")) == []
    for name in REPORTS:
        text = (folder / name).read_text(encoding="utf-8")
        assert controls(text) == [], name
        assert commands(text) == [], name


@EXAMPLES
@given(data=st.data())
def test_any_field_of_run_json_may_hold_anything(sound: Path, data: st.DataObject) -> None:
    with copied(sound) as folder:
        path = folder.path / "run.json"
        document = json.loads(path.read_bytes())
        place = data.draw(st.sampled_from(sorted(places(document), key=str)))
        path.write_bytes(as_json(changed(document, place, data.draw(values()))))
        require_all_harmless(folder, data.draw(some()))


@EXAMPLES
@given(data=st.data())
def test_any_field_of_a_trial_may_hold_anything(sound: Path, data: st.DataObject) -> None:
    with copied(sound) as folder:
        lines = folder.trials.read_bytes().splitlines()
        number = data.draw(st.integers(0, len(lines) - 1))
        document = json.loads(lines[number])
        place = data.draw(st.sampled_from(sorted(places(document), key=str)))
        lines[number] = as_json(changed(document, place, data.draw(values())))
        folder.trials.write_bytes(b"\n".join(lines) + b"\n")
        require_all_harmless(folder, data.draw(some()))


@EXAMPLES
@given(data=st.data())
def test_any_field_of_a_manifest_may_hold_anything(sound: Path, data: st.DataObject) -> None:
    with copied(sound) as folder:
        seal(folder, (), data.draw(st.sampled_from((KEY, None))), complete=True)
        path = folder.path / "manifest.json"
        document = json.loads(path.read_bytes())
        place = data.draw(st.sampled_from(sorted(places(document), key=str)))
        path.write_bytes(as_json(changed(document, place, data.draw(values()))))
        require_all_harmless(folder, data.draw(some()))


@EXAMPLES
@given(data=st.data())
def test_any_text_of_the_spec_may_be_any_text(sound: Path, data: st.DataObject) -> None:
    """The spec of a stranger's folder is as much a stranger's as its figures."""
    with copied(sound) as folder:
        path = folder.path / "effective.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = [each for each in places(document) if isinstance(value_at(document, each), str)]
        place = data.draw(st.sampled_from(sorted(words, key=str)))
        strange = changed(document, place, data.draw(st.sampled_from(SHOWN_TEXTS)))
        path.write_text(yaml.safe_dump(strange, allow_unicode=True), encoding="utf-8")
        require_all_harmless(folder, data.draw(some()))


def test_the_spec_of_a_stranger_is_text_in_markdown(sound: Path) -> None:
    with copied(sound) as folder:
        path = folder.path / "effective.yaml"
        text = path.read_text(encoding="utf-8")
        names = text.replace("family: epoll", "'[f](http://x)': '<img src=x>'")
        path.write_text(names.replace("equals: EMFILE", "equals: '![x](//x) |'"), encoding="utf-8")
        told("report", "strange", "--results", str(folder.path.parent))
        shown = (folder.path / "report.md").read_text(encoding="utf-8")
        assert "\\[f\\](http://x)=&lt;img src=x&gt;" in shown
        assert "<img" not in shown
        assert "![x]" not in shown


@EXAMPLES
@given(
    name=st.sampled_from(
        ("run.json", "trials.jsonl", "resumes.jsonl", "effective.yaml", "manifest.json")
    ),
    content=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        values().map(as_json),
        st.sampled_from((b"null", b"[]", b'{"format": "x"}', b'{"format": []}', b"[" * 200_000)),
    ),
    words=some(),
)
def test_any_file_may_hold_any_bytes(
    sound: Path, name: str, content: bytes, words: list[tuple[str, ...]]
) -> None:
    with copied(sound) as folder:
        (folder.path / name).write_bytes(content)
        require_all_harmless(folder, words)
