"""Every format shows the same grade: what it is worth, what may be seen, and no 0 by accident."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from pydantic import BaseModel

from runner.grade.record import Grade, State
from runner.report.grade import CLASS, FORMATS, SettingError, SizeError, View
from runner.report.grade.words import WORDS
from tests.grade import golden, platforms
from tests.grade.samples import (
    CUT_SHORT,
    ECHO,
    GRADE,
    HIDDEN,
    MODEL,
    PERFECT,
    PROOF,
    SETTINGS,
    SPEED,
    UNGRADABLE,
)
from tests.page.markup import faults, of_tag, parsed, words
from tests.page.test_page import sound
from tests.reports import report

STUDENT = View(settings=SETTINGS)
INSTRUCTOR = View(instructor=True, settings=SETTINGS)
SCHEMAS: dict[str, type[BaseModel]] = {
    "gradescope": platforms.Gradescope,
    "prairielearn": platforms.PrairieLearn,
    "classroom50": platforms.Classroom50,
}


def data(format_: str, grade: Grade, view: View = STUDENT) -> dict[str, Any]:
    value = json.loads(FORMATS[format_](grade, view))
    assert isinstance(value, dict)
    return value


def text(format_: str, grade: Grade, view: View = STUDENT) -> str:
    return FORMATS[format_](grade, view).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("name", "content"), list(golden.made()), ids=lambda value: str(value)[:30]
)
def test_the_golden_files_are_what_is_written(name: str, content: bytes) -> None:
    assert content == (golden.FOLDER / name).read_bytes(), (
        f"{name} changed; if that is right: python -m tests.grade.golden"
    )


@pytest.mark.parametrize(
    "grade", [GRADE, UNGRADABLE, CUT_SHORT, PERFECT], ids=lambda g: g.submission.name
)
@pytest.mark.parametrize("format_", SCHEMAS)
def test_platforms_take_what_is_written(format_: str, grade: Grade) -> None:
    SCHEMAS[format_].model_validate_json(FORMATS[format_](grade, STUDENT))
    platforms.autolab(FORMATS["autolab"](grade, STUDENT))


@pytest.mark.parametrize("format_", ["text", "md", "html"])
def test_where_the_model_was_not_examined_the_proof_says_so_once(format_: str) -> None:
    silent = tuple(
        replace(row, ruling="NOT PROVEN", why="no column agrees; traced: no check traced it",
                seen=tuple(replace(each, value="", agrees=None) for each in row.seen))
        for row in PROOF
    )  # fmt: skip
    early = text(format_, replace(GRADE, proof=silent))
    assert early.count("checks that examine the model were not run") == 1
    assert "no column agrees" not in early
    run = tuple(replace(check, state=State.PASS) for check in GRADE.checks)
    assert "no column agrees" in text(format_, replace(GRADE, proof=silent, checks=run))


@pytest.mark.parametrize("format_", FORMATS)
def test_a_student_learns_of_a_hidden_check_its_title_and_result_alone(format_: str) -> None:
    student = text(format_, GRADE)
    assert "SECRET" not in student
    if format_ not in ("csv", "autolab"):
        assert HIDDEN.title in student
    if format_ in ("text", "md", "html"):
        instructor = text(format_, GRADE, INSTRUCTOR)
        for secret in ("SECRET-HINT", "SECRET-REASON", "SECRET-EXPECTED", "SECRET-SEEN"):
            assert secret in instructor


@pytest.mark.parametrize("grade", [UNGRADABLE, CUT_SHORT], ids=["not gradable", "cut short"])
def test_what_could_not_be_graded_is_no_zero(grade: Grade) -> None:
    gradescope = data("gradescope", grade)
    assert "score" not in gradescope
    assert not any("score" in test or "max_score" in test for test in gradescope["tests"])
    assert "No score yet" in gradescope["output"]
    prairielearn = data("prairielearn", grade)
    assert prairielearn["gradable"] is False
    assert "score" not in prairielearn
    assert MODEL.title in prairielearn["format_errors"][0]
    classroom50 = data("classroom50", grade)
    assert (classroom50["score"], classroom50["max-score"]) == (0, 0)
    assert [test["max-score"] for test in classroom50["tests"]] == [20, 0]
    assert platforms.autolab(FORMATS["autolab"](grade, STUDENT)).scores == {"echo": 20}
    row = text("csv", grade).splitlines()[1].split(",")
    assert row[2:6] == ["no", "", "", ""]
    for format_ in ("text", "md", "html"):
        assert "No score yet" in text(format_, grade)
        assert "0 of" not in text(format_, grade)


def test_autolab_makes_no_zeros_of_an_empty_list_of_scores() -> None:
    nothing = replace(UNGRADABLE, checks=UNGRADABLE.checks[1:])
    assert platforms.autolab(FORMATS["autolab"](nothing, STUDENT)).scores == {"model": None}


def test_undecided_checks_keep_their_points_and_are_named() -> None:
    speed = data("gradescope", GRADE)["tests"][2]
    assert (speed["score"], speed["max_score"]) == (20, 20)
    assert "status" not in speed
    assert "inconclusive" in speed["tags"]
    speed = data("classroom50", GRADE)["tests"][2]
    assert (speed["score"], speed["max-score"], speed["passed"]) == (20, 20, False)
    assert "INCONCLUSIVE" in speed["message"]
    assert data("prairielearn", GRADE)["tests"][2]["points"] == 20


def test_a_bonus_comes_on_top_where_the_platform_takes_more_than_all() -> None:
    assert data("gradescope", PERFECT)["score"] == 55
    assert data("prairielearn", PERFECT)["score"] == 1
    assert data("classroom50", PERFECT)["score"] == 50
    assert "50 of 50 points (100%), and 5 of 5 bonus points" in text("md", PERFECT)
    bonus = data("prairielearn", PERFECT)["tests"][2]
    assert (bonus["points"], bonus["max_points"]) == (5, 0)


def test_a_bonus_makes_up_for_a_check_that_failed() -> None:
    share = (GRADE.earned + GRADE.bonus) / GRADE.points
    assert data("prairielearn", GRADE)["score"] == pytest.approx(share)
    assert data("classroom50", GRADE)["score"] == 45


def test_the_ratio_to_the_reference_goes_to_the_leaderboard() -> None:
    board = data("gradescope", GRADE)["leaderboard"]
    assert board == [{"name": SPEED.title, "value": 0.52, "order": "desc"}]
    assert data("gradescope", GRADE)["tests"][2]["extra_data"]["ratio"] == [[0.52, 0.47, 0.58]]


def test_half_points_are_whole_in_classroom_50() -> None:
    half = replace(ECHO, points=2.5, earned=2.5)
    grade = replace(GRADE, checks=(half,), points=2.5, earned=2.5, bonus=0.0)
    assert (data("classroom50", grade)["score"], data("classroom50", grade)["max-score"]) == (3, 3)
    tenfold = View(settings={**SETTINGS, "CLASSROOM50_SCALE": "10"})
    assert data("classroom50", grade, tenfold)["score"] == 25


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("CLASSROOM", "", "CLASSROOM is not set"),
        ("OWNER", "", "OWNER is not set"),
        ("COMMIT_URL", " ", "COMMIT_URL is not set"),
        ("SUBMISSION_TAG", "v1", "begins with submit/"),
        ("ASSIGNMENT_TYPE", "pair", "individual, group, team"),
        ("SUBMITTED_AT", "yesterday", "2026-09-30T12:00:00Z"),
        ("CLASSROOM50_SCALE", "3", "1, 10 or 100"),
    ],
)
def test_classroom_50_says_which_setting_is_missing(setting: str, value: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        FORMATS["classroom50"](GRADE, View(settings={**SETTINGS, setting: value}))


def test_classroom_50_keeps_the_time_of_the_submission_when_it_is_graded_again() -> None:
    at = {**SETTINGS, "SUBMITTED_AT": "2026-09-01T00:00:00Z"}
    later = replace(GRADE, started="2026-10-05T09:00:00+02:00")
    first, second = (
        data("classroom50", GRADE, View(settings=at)),
        data("classroom50", later, View(settings=at)),
    )
    assert first["datetime"] == second["datetime"] == "2026-09-01T00:00:00Z"
    assert second["graded_at"] == "2026-10-05T07:00:00Z"


def test_junit_blames_the_submission_for_failures_alone() -> None:
    cases = {
        case.name: case.result
        for grade in (GRADE, UNGRADABLE)
        for suite in JUnitXml.fromstring(text("junit", grade))
        for case in suite
    }
    assert [type(each) for each in cases[SPEED.title]] == [Skipped]
    assert [type(each) for each in cases["A thousand clients"]] == [Skipped]
    assert [type(each) for each in cases[MODEL.title]] == [Error], "the later grade's"
    (suite,) = JUnitXml.fromstring(text("junit", GRADE))
    failed = [case.name for case in suite if any(isinstance(r, Failure) for r in case.result)]
    assert failed == [MODEL.title, HIDDEN.title]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_valid_stands_alone_and_needs_no_script(language: str) -> None:
    page = text("html", GRADE, replace(INSTRUCTOR, language=language))
    assert faults(page) == []
    root = parsed(page)
    assert root.get("lang") == WORDS[language]["html"]
    links = [each.get("href") for each in of_tag(root, "a")]
    assert links == [f"#check-{number}" for number in range(1, 7)]
    assert not list(of_tag(root, "button")), "what only a script can do is made by it"


def test_a_run_a_grade_and_a_class_have_one_style_and_one_script() -> None:
    pages = [
        report("html", sound()),
        text("html", GRADE),
        CLASS["html"]([GRADE, PERFECT], STUDENT).decode(),
    ]
    for name in ("style", "script"):
        assert len({words(next(of_tag(parsed(page), name))) for page in pages}) == 1


def test_the_pages_show_expected_seen_hint_points_and_proof() -> None:
    for format_ in ("text", "md", "html"):
        shown = text(format_, GRADE)
        for said in (
            "40 of 90 points (44.4%)", "model = select", "poll", MODEL.hint, "0/30",
            "Not run, because these checks did not pass: The server waits in select.",
            "CONTRADICTED", "PROVEN", "server.c:41", "no network namespace of its own",
        ):  # fmt: skip
            assert said in shown, f"{format_}: {said!r}"


def test_the_hint_of_a_check_that_passed_is_not_shown() -> None:
    passed = replace(MODEL, state=State.PASS, earned=30.0, reason="", expected=())
    for format_ in FORMATS:
        assert MODEL.hint not in text(format_, replace(GRADE, checks=(ECHO, passed)), INSTRUCTOR)


def test_a_chinese_report_has_the_chinese_title() -> None:
    view = View(language="zh")
    for format_ in ("text", "md", "html"):
        shown = text(format_, GRADE, view)
        assert GRADE.title_zh in shown
        assert "90 分中得 40 分" in shown
    assert GRADE.title in text("md", replace(GRADE, title_zh=""), view)


def test_both_languages_have_every_word() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, said in WORDS["en"].items():
        assert sorted(_fields(said)) == sorted(_fields(WORDS["zh"][key])), key


def _fields(said: str) -> list[str]:
    import re

    return re.findall(r"{\w+}", said)


@pytest.mark.parametrize("format_", ["gradescope", "prairielearn", "classroom50", "autolab"])
def test_a_platform_gets_no_more_than_it_takes(format_: str) -> None:
    long = replace(MODEL, reason="x" * 20_000)
    grade = replace(GRADE, checks=tuple(replace(long, id=f"m{n}") for n in range(900)))
    content = FORMATS[format_](grade, STUDENT)
    assert len(content) <= 1_000_000
    if format_ in SCHEMAS:
        SCHEMAS[format_].model_validate_json(content)


def test_what_does_not_fit_however_short_is_refused() -> None:
    row = replace(PROOF[0], seen=PROOF[0].seen * 20)
    with pytest.raises(SizeError, match=r"does not fit into 1,000,000 bytes"):
        FORMATS["prairielearn"](replace(GRADE, proof=(row,) * 900), STUDENT)


def test_the_table_of_a_class_counts_those_without_a_score_apart() -> None:
    table = CLASS["table"]([GRADE, UNGRADABLE, CUT_SHORT, PERFECT], View()).decode()
    assert "4 submissions, 2 with a score; median 72.2%" in table
    assert "not gradable" in table
    assert "not complete" in table
    assert "failed: model 1, descriptor-1024 1" in table
