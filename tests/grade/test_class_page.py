"""grades.html: what an instructor sees of a class, with the numbers of grades.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from runner.grade.record import Grade, State
from runner.report.grade import CLASS, View
from runner.report.grade.class_figures import tenth_of
from runner.report.grade.class_page import link_to
from tests.figures.markup import touching
from tests.grade.samples import BONUS, CUT_SHORT, ECHO, GRADE, MODEL, PERFECT, UNGRADABLE
from tests.page.markup import faults, of_tag, parsed, words

CLASS_OF_FOUR = [GRADE, UNGRADABLE, CUT_SHORT, PERFECT]
VIEW = View(reports=".")


def page(grades: list[Grade] | None = None, view: View = VIEW) -> ET.Element:
    return parsed(CLASS["html"](CLASS_OF_FOUR if grades is None else grades, view).decode())


def rows(root: ET.Element, section: str) -> list[dict[str, str]]:
    """The table of a section, by its heads."""
    (found,) = (
        each
        for each in of_tag(root, "section")
        if any(head.get("id") == section for head in of_tag(each, "h2"))
    )
    heads = [words(each) for each in of_tag(found, "th")]
    lines = ([words(cell) for cell in row.findall("td")] for row in of_tag(found, "tr"))
    return [dict(zip(heads, line, strict=True)) for line in lines if line]


def in_csv(grades: list[Grade]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(CLASS["csv"](grades, VIEW).decode("utf-8-sig"))))


def test_each_submission_is_a_row_with_the_numbers_of_the_csv() -> None:
    shown, known = rows(page(), "submissions"), in_csv(CLASS_OF_FOUR)
    assert [row["submission"] for row in shown] == ["alice", "bob", "carol", "dora"]
    assert [row["state"] for row in shown] == ["graded", "NOT GRADABLE", "WAITING", "graded"]
    for row, line in zip(shown, known, strict=True):
        worth = f"{line['total']}/{line['points']}" if line["total"] else "–"
        assert row["points"] == worth
        assert row["share"].rstrip("%") == (line["percent"] or "–")
        for head, cell in line.items():
            if head.startswith("check "):
                assert row[head.removeprefix("check ")] == (cell or "–"), head


def test_what_a_check_cost_the_class_is_the_sum_of_the_csv() -> None:
    shown, known = rows(page(), "checks"), in_csv(CLASS_OF_FOUR)
    scored = [grade for grade in CLASS_OF_FOUR if grade.gradable and grade.complete]
    named = {each.id: each for grade in CLASS_OF_FOUR for each in grade.checks}
    for row in shown:
        (identifier,) = (name for name in named if f"({name})" in row["check"])
        worth = sum(c.points for grade in scored for c in grade.checks if c.id == identifier)
        lines = [line for line in known if line["gradable"] == "yes"]
        earned = sum(float(line[f"check {identifier}"] or 0) for line in lines)
        assert float(row["points possible"]) == worth
        assert float(row["points lost"]) == worth - earned
    lost = [float(row["points lost"]) for row in shown]
    assert lost == sorted(lost, reverse=True)
    (model,) = (row for row in shown if "(model)" in row["check"])
    assert (model["PASS"], model["FAIL"], model["NOT GRADABLE"], model["WAITING"]) == (
        "1", "1", "1", "1",
    )  # fmt: skip


def test_the_figures_count_what_has_a_score() -> None:
    drawn = list(of_tag(page(), "figure"))
    assert len(drawn) == 2
    said = [words(each) for each in of_tag(drawn[0], "title")]
    counts = [int(text.partition(": ")[2].partition(" ")[0]) for text in said if "%:" in text]
    assert sum(counts) == 2, "of four, two have a score"
    assert counts[4] == counts[9] == 1, "44.4% and 100%"
    assert "without a score, and not in the figure: 2" in words(drawn[0])
    for svg in (svg for each in drawn for svg in of_tag(each, "svg")):
        assert not touching(svg, "x")
        assert not touching(svg, "y")


@pytest.mark.parametrize(
    ("earned", "column"), [(0, 0), (8.99, 0), (9, 1), (63, 7), (89.9, 9), (90, 9)]
)
def test_a_score_falls_into_its_tenth(earned: float, column: int) -> None:
    assert tenth_of(replace(GRADE, earned=earned)) == column


def links(root: ET.Element) -> Iterator[str]:
    return (each.get("href") or "" for each in of_tag(root, "a"))


def test_a_name_leads_to_the_report_in_its_folder() -> None:
    assert list(links(page())) == [f"./{n}/report.html" for n in ("alice", "bob", "carol", "dora")]
    assert list(links(page(view=View()))) == [], "on stdout the folders are nowhere"


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("李 明", "./%E6%9D%8E%20%E6%98%8E/report.html"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29/report.html"),
        ("a?b#c&d", "./a%3Fb%23c%26d/report.html"),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("../../etc", ""),
    ],
)
def test_no_name_leads_elsewhere(name: str, link: str) -> None:
    assert link_to(name, ".") == link


def test_why_a_submission_has_no_score_is_said() -> None:
    text = words(page())
    assert "no tracer on this machine" in text
    assert f"These checks could not be graded: {MODEL.title}." in text


def test_a_student_view_shows_no_detail_of_a_hidden_check() -> None:
    hidden = replace(GRADE.checks[4], state=State.UNGRADABLE)
    grade = replace(GRADE, gradable=False, checks=(ECHO, hidden))
    assert "SECRET" not in words(page([grade]))
    assert "SECRET-REASON" in words(page([grade], replace(VIEW, instructor=True)))


def test_a_class_without_a_score_or_of_nobody_is_a_page_too() -> None:
    for grades in ([], [UNGRADABLE], [replace(PERFECT, checks=(BONUS,), points=0.0, earned=0.0)]):
        assert faults(CLASS["html"](grades, View()).decode()) == []
