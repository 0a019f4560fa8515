"""README's excerpt has the report's form, today's bounds, and ranks nothing that was not measured
alike. `python -m tests.bench.excerpt results/RUN` writes it."""

from __future__ import annotations

import re

from runner.paths import ROOT
from runner.report.columns import columns
from runner.spec import load, load_assignment
from runner.words.format import bound, sentence
from tests.bench.excerpt import BEGIN, END

SUITE = load(ROOT / "experiments.yaml", labs=False)
TEXT = (ROOT / "README.md").read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def tables() -> list[tuple[list[str], list[list[str]]]]:
    """Heads and rows, by the dashes below the heads."""
    found = []
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        if number and re.fullmatch(r"-+(  -+)*", line):
            spans = [match.span() for match in re.finditer("-+", line)]

            def cut(text: str, spans: list[tuple[int, int]] = spans) -> list[str]:
                return [text[a:b].strip() for a, b in spans]

            rows = []
            for row in lines[number + 1 :]:
                if not row.strip() or row.startswith(("left out", "– under", "...")):
                    break
                rows.append(cut(row))
            found.append((cut(lines[number - 1]), rows))
    return found


def test_its_tables_have_the_columns_of_the_report() -> None:
    known = {"verdict", "expectation", "measured [interval]", "bound", "margin", "n", "why"}
    for experiment in SUITE.experiments:
        known |= {column.name for column in columns(experiment, ())}
    assert len(tables()) >= 3
    for heads, rows in tables():
        assert set(heads) <= known, set(heads) - known
        assert rows


def test_no_row_is_ranked_that_was_looked_at_once() -> None:
    ranked = 0
    for heads, rows in tables():
        if "of best" not in heads:
            continue
        for row in rows:
            cells = dict(zip(heads, row, strict=True))
            if cells["of best"] != "–":
                ranked += 1
                assert cells["half range %"] != "–", cells
    assert ranked >= 8


def test_its_expectations_are_those_of_today() -> None:
    bounds = {
        each.title or sentence(each): bound(each)
        for experiment in SUITE.experiments
        for each in experiment.expect
    }
    seen = [
        (cells["expectation"], cells["bound"])
        for heads, rows in tables()
        if "expectation" in heads
        for cells in (dict(zip(heads, row, strict=True)) for row in rows)
    ]
    assert len(seen) >= 5
    for title, shown in seen:
        assert bounds[re.sub(r" \(.*cells?.*\)$", "", title)] == shown


def test_no_line_is_wider_than_a_page() -> None:
    assert max(map(len, TEXT.splitlines())) <= 130


def test_the_graded_excerpt_has_the_checks_of_its_assignment() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = r"^(?:PASS|FAIL|NOT RUN) +(\d+)/(\d+)  (.*?)(?: \(hidden\))?$"
    rows = re.findall(row, readme, re.MULTILINE)
    checks = load_assignment(ROOT / "labs/homework/select-echo/grade.yaml").experiments
    assert [(title, float(worth)) for _, worth, title in rows] == [
        (check.title, check.points) for check in checks
    ]
    assert f"{sum(int(earned) for earned, _, _ in rows)} of 100 points" in readme
