"""The five-minute tour, typed from its first command to its last: it cannot rot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.tour import PAGES, Step, cut, steps
from tests.bench.tour import said as typed

TOUR = list(steps(PAGES[0]))


def test_both_languages_type_the_same_and_show_the_same() -> None:
    assert list(steps(PAGES[1])) == TOUR
    assert len(TOUR) == PAGES[0].read_text(encoding="utf-8").count("```console")
    assert all(len(step.shown.splitlines()) >= 2 for step in TOUR)


def test_no_line_is_wider_than_a_page() -> None:
    assert max(len(line) for step in TOUR for line in step.shown.splitlines()) <= 84


def heads(text: str) -> Iterator[str]:
    """What does not change from machine to machine: the first word, and the heads of the tables."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    yield lines[0].split()[0]
    for number, line in enumerate(lines):
        if number and re.fullmatch(r"-+( -+)+", line):
            yield lines[number - 1]


def test_every_command_does_what_the_page_shows(tmp_path: Path) -> None:
    """Counts and names, which no noise changes: the tour measures no rate."""
    for step in TOUR:
        engine = " --engine process" if " run " in step.command else ""
        now = typed(Step(step.command + engine, step.part, step.shown), tmp_path)
        assert set(heads(step.shown)) <= set(heads(now)), f"{step.command}\n{now}"
    assert (tmp_path / "mine" / "my_server" / "server.c").is_file()
    assert next((tmp_path / "results").glob("*/report.html")).stat().st_size > 10_000


@pytest.mark.parametrize(
    ("part", "shown"),
    [("", "a\nb\nc\n"), ("from: b", "b\nc\n"), ("to: b", "a\nb\n"), ("lines: 1", "a\n")],
)
def test_a_part_of_an_output(part: str, shown: str) -> None:
    assert cut("\na  \nb\nc\n", part) == shown
