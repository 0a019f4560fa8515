"""report.html of a run: what a reader sees of it, and what a hostile run folder makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.judge import verdicts
from runner.judge.run import Run
from runner.records.outcome import Status
from runner.session.judged import judged
from tests.figures.markup import touching
from tests.page.markup import faults, of_tag, parsed, tag, words
from tests.reports import report
from tests.runs.strange import made

HOSTILE = '"><script>alert(1)</script><img src=http://x onerror=x>\n::error::x ##[group]{{ 7*7 }}'
SMALLEST_SCRIPT = 5_000


@cache
def sound() -> Run:
    """A run with a trial of every kind of measurement."""
    with TemporaryDirectory() as name:
        folder = made(Path(name))
        from runner.spec import load

        suite = load(folder.path / "effective.yaml", recorded=True)
        return judged(folder, suite, folder.measurements(), complete=True)


@cache
def page() -> ET.Element:
    return parsed(report("html", sound()))


def test_it_is_valid_and_self_contained() -> None:
    assert faults(report("html", sound())) == []


def test_its_script_is_small_and_not_needed() -> None:
    (script,) = of_tag(page(), "script")
    assert len((script.text or "").encode()) <= SMALLEST_SCRIPT
    assert not list(of_tag(page(), "button")), "what only a script can do is made by it"
    assert not [each for each in page().iter() if each.get("hidden") is not None]


def test_the_contents_come_in_their_order() -> None:
    text = words(page())
    order = [
        "What this machine says", "Verdicts", "What do idle connections cost?", "How to read this",
        "Expectations", "Table", "Where does each stop?", "The machine and the settings",
    ]  # fmt: skip
    places = [text.index(each, text.index("Verdicts") * (n > 1)) for n, each in enumerate(order)]
    assert places == sorted(places), dict(zip(order, places, strict=True))


@pytest.mark.parametrize("experiment", sound().experiments(), ids=lambda each: str(each.id))
def test_each_experiment_has_its_answer_figure_table_and_command(experiment: object) -> None:
    identifier = experiment.id  # type: ignore[attr-defined]
    (section,) = (
        each
        for each in of_tag(page(), "section")
        if each.get("aria-labelledby") == f"x-{identifier}"
    )
    (said,) = (each for each in of_tag(section, "p") if each.get("class") == "answer")
    assert len(words(said)) > 20
    assert list(of_tag(section, "table"))
    commands = [words(each) for each in of_tag(section, "pre")]
    assert any(f"--filter {identifier}" in command for command in commands)
    if identifier != "probe":  # its plots are those of the claims that it decides
        assert list(of_tag(section, "figure"))


def test_no_ticks_of_a_figure_touch() -> None:
    drawings = [each for figure in of_tag(page(), "figure") for each in of_tag(figure, "svg")]
    assert len(drawings) >= 7
    for drawing in drawings:
        for axis in ("x", "y"):
            assert not touching(drawing, axis), drawing.get("aria-label")


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text))


def shown(element: ET.Element) -> Iterator[str]:
    """What a reader reads, without the ticks of axes."""
    if tag(element) in ("style", "script", "defs") or element.get("class") in ("tx", "ty"):
        return
    yield element.text or ""
    for child in element:
        yield from shown(child)
        yield child.tail or ""


def test_every_number_is_that_of_the_json_and_of_the_terminal() -> None:
    """In the tables each cell; in the sentences and figures each number: it is printed on the
    terminal, or a number of the JSON in the unit in which it is shown."""
    run = sound()
    terminal, document = report("table", run), json.loads(report("json", run))
    texts = (document["run"], document["environment"], document["answers"])
    known = numbers(f"{terminal} {json.dumps(texts)}")
    for number in plain(document):
        for size in (1, 0.01, 1e3, 1e6, 1024):
            known |= {f"{number / size:,.{digits}f}" for digits in range(4)}
            known.add(f"{number / size:.3g}")
    words_of_page = " ".join(shown(page()))
    # p50 and p999 are names, 99% is the confidence, and so are the names of percentiles.
    own = {"50", "90", "99", "99.9", "5", "4", "404"}
    odd = {n for n in numbers(words_of_page) if n not in known and n not in own}
    assert not odd, sorted(odd)


def plain(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from plain(key if isinstance(key, int) else each)
    elif isinstance(value, list):
        for each in value:
            yield from plain(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def test_the_tables_have_every_cell_of_the_terminal() -> None:
    text = report("table", sound())
    rows = {
        tuple(words(cell) for cell in row if words(cell))
        for row in of_tag(page(), "tr")
        if row.find("td") is not None
    }
    lines = [tuple(re.split(r" {2,}", line.strip())) for line in text.splitlines()]
    cells = {cell for row in rows for cell in row}
    shown_lines = [line for line in lines if line[0] in ("poll", "epoll", "select", "aplay")]
    assert len(shown_lines) >= 8
    for line in shown_lines:
        assert set(line) <= cells, line


def hostile(run: Run, text: str) -> Run:
    """With this text wherever a stranger may write one."""
    measurements = [
        replace(
            m,
            trial=text,
            status=Status.INVALID if n % 3 else m.status,
            reason=text,
            metrics={k: text if isinstance(v, str) else v for k, v in m.metrics.items()},
            record=replace(
                m.record, notes=(text,), contract=(text,), findings=({"call": text, text: 1},)
            ),
        )
        for n, m in enumerate(run.measurements)
    ]
    experiments = tuple(
        each.model_copy(update={"title": text, "about": text}) for each in run.suite.experiments
    )
    suite = run.suite.model_copy(update={"experiments": experiments})
    environment = {"host": {text: text, "cpu": text}, "engine": {"name": text}, "started": text,
                   "options": {"spec": text, "overrides": [text], "engine": text}}  # fmt: skip
    judged_again = verdicts(suite, measurements)
    return replace(run, name=text, suite=suite, measurements=measurements, verdicts=judged_again,
                   environment=environment)  # fmt: skip


def test_a_hostile_run_is_shown_as_text() -> None:
    text = report("html", hostile(sound(), HOSTILE))
    assert faults(text) == []
    assert "<script>alert(1)</script>" in words(parsed(text)), "it is there, as text"
    assert "49" not in numbers(words(parsed(text))), "no text is a template"
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in text


@settings(deadline=None, max_examples=5, derandomize=True)
@given(st.text(min_size=1))
def test_any_text_is_shown_as_text(text: str) -> None:
    assert faults(report("html", hostile(sound(), text))) == []


def test_a_run_without_anything_is_a_page_too() -> None:
    empty = replace(sound(), measurements=[], verdicts=(), environment={})
    assert faults(report("html", empty)) == []
