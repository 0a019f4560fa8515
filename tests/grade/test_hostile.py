"""Whatever a submission writes, every format stays what it is, and shows it as text."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from runner.grade.record import Grade, Submission
from runner.report.grade import CLASS, FILLED, FORMATS, View
from runner.untrusted import clean
from tests.examples import examples
from tests.grade import platforms
from tests.grade.hostile import FRAGMENTS, grades
from tests.grade.samples import GRADE, SETTINGS
from tests.grade.test_formats import SCHEMAS
from tests.grade.test_tables import CANVAS, MOODLE
from tests.page.markup import faults

STUDENT = View(settings={**SETTINGS, "SUBMITTED_AT": "2026-09-01T00:00:00Z"})
VIEWS = (STUDENT, replace(STUDENT, instructor=True, language="zh"))
UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ud800-\udfff]")
"""Control characters but the newline, directions, separators, halves."""
REPORT = r"data:,|\./(?!\.{1,2}/)[\w.~%-]+/report\.html"

many = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def decoded(content: bytes) -> str:
    text = content.decode("utf-8-sig")
    assert not UNFIT.search(text), repr(UNFIT.search(text))
    assert not re.search(r"^\s*::", text, re.MULTILINE), "a command for a CI runner"
    assert "##[" not in text
    assert len(content) <= 1_000_000
    return text


@many
@given(grades)
def test_json_for_platforms_is_what_they_take(grade: Grade) -> None:
    for view in VIEWS:
        for format_, schema in SCHEMAS.items():
            schema.model_validate(json.loads(decoded(FORMATS[format_](grade, view))))
        if grade.checks:
            content = FORMATS["autolab"](grade, view)
            decoded(content)
            platforms.autolab(content)


@many
@given(grades)
def test_xml_is_well_formed(grade: Grade) -> None:
    for view in VIEWS:
        root = ET.fromstring(decoded(FORMATS["junit"](grade, view)))  # noqa: S314 - our own
        assert len(root.findall(".//testcase")) == len(grade.checks)


@many
@given(grades)
def test_a_page_has_no_element_but_its_own(grade: Grade) -> None:
    for view in VIEWS:
        page = decoded(FORMATS["html"](grade, view))
        assert faults(page, r"#check-\d+|data:,") == []


@many
@given(st.lists(grades, max_size=3))
def test_the_page_of_a_class_has_no_element_but_its_own(every: list[Grade]) -> None:
    """A link leads to the report in one folder beside the page, whatever the folder's name."""
    for view in VIEWS:
        page = decoded(CLASS["html"](every, replace(view, reports=".")))
        assert faults(page, REPORT) == []


@many
@given(grades)
def test_markdown_has_no_link_image_or_html(grade: Grade) -> None:
    for view in VIEWS:
        for token in tokens(decoded(FORMATS["md"](grade, view))):
            if token.type == "html_inline":
                assert token.content == "<br>"
            assert token.type not in (
                "link_open", "image", "html_block", "code_inline", "code_block", "fence", "em_open",
                "s_open", "ordered_list_open", "hr",
            )  # fmt: skip


def tokens(page: str) -> list[Token]:
    every = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    return [*every, *(child for token in every for child in token.children or ())]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_markdown_shows_a_text_as_itself(fragment: str) -> None:
    check = replace(GRADE.checks[1], hint=f"x {fragment} x")
    page = FORMATS["md"](replace(GRADE, checks=(check,)), View()).decode()
    shown = "\n".join(
        "".join(child.content for child in token.children or ()) for token in tokens(page)
    )
    said = " ".join(clean(fragment.replace("\n", " ")).split()).replace("`", "'")
    wanted = " ".join(f"x {said} x".split()).replace("##[", "# #[")
    if "\r" not in fragment and "\n" not in fragment:
        assert wanted in shown


@many
@given(grades)
def test_no_cell_of_a_table_is_a_formula(grade: Grade) -> None:
    for view in VIEWS:
        text = decoded(CLASS["csv"]([grade, GRADE], view))
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) == 3
        assert {len(row) for row in rows} == {len(rows[0])}
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@many
@given(grades)
def test_text_for_a_terminal_is_plain(grade: Grade) -> None:
    for view in VIEWS:
        decoded(FORMATS["text"](grade, view))
        decoded(CLASS["table"]([grade], view))


@many
@given(grades)
def test_a_platforms_table_keeps_its_form(grade: Grade) -> None:
    alice = replace(grade, submission=Submission("alice", "", 1, 1, "c"), title="Echo")
    for platform, sheet in (("moodle", MOODLE), ("canvas", CANVAS)):
        filled = FILLED[platform](sheet.encode(), [alice], VIEWS[0], None)
        before = list(csv.reader(io.StringIO(sheet)))
        text = decoded(filled.content.replace(b"\r\n", b"\n"))
        after = list(csv.reader(io.StringIO(text, newline="")))
        assert [len(row) for row in after] == [len(row) for row in before]
        for row, (old, new) in enumerate(zip(before, after, strict=True)):
            changed = [n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
            assert not changed or "alice" in ",".join(old), row
            for column in changed:
                assert not new[column].startswith(("=", "+", "-", "@"))
                assert "<" not in new[column].replace("<br>", "")
