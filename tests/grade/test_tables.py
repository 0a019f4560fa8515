"""The tables that teachers download: the right cells are filled, every other byte stays."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from runner.grade.record import Grade, Submission
from runner.report.grade import FILLED, Filled, Options, SheetError, View, read_chosen
from tests.grade.samples import CUT_SHORT, GRADE, PERFECT, UNGRADABLE

MOODLE = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\r\n'
    '"Participant 101","Ann Lee",alice@u.example,"Submitted for grading",,100.00,Yes,'
    '"Monday, 28 September 2026, 9:00 AM",-,\r\n'
    '"Participant 102","Bob ""B"" Ray",bob@u.example,"No submission",55.50,100.00,Yes,-,'
    '"Monday, 28 September 2026, 9:00 AM","Well, begun"\r\n'
    '"Participant 103","李 明",dora@u.example,"Submitted for grading",90,100.00,Yes,-,-,\r\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Echo (4711),Essay (12),Final Score\n"
    ",,,,,Manual Posting,,\n"
    "    Points Possible,,,,,50.00,10.00,(read only)\n"
    '"Lee, Ann",101,s-1,alice,A,,7.00,70.00\n'
    '"Ray, Bob",102,s-2,bob,A,20.00,8.00,80.00\n'
    '"Ming, Li",103,s-3,dora,B,EX,9.00,90.00\n'
    '"Student, Test",104,,4f6e,B,,,0.00\n'
)


def fill(platform: str, sheet: str | bytes, *grades: Grade, **options: object) -> Filled:
    content = sheet if isinstance(sheet, bytes) else sheet.encode()
    made = Options(**options)  # type: ignore[arg-type]
    return FILLED[platform](content, grades, View(), made)


def cells(content: bytes, separator: str = ",") -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=separator))


def named(grade: Grade, name: str) -> Grade:
    return replace(grade, submission=replace(grade.submission, name=name))


def test_moodle_gets_grades_in_its_own_scale_and_nothing_else_changes() -> None:
    filled = fill("moodle", MOODLE, GRADE)
    lines, before = filled.content.split(b"\r\n"), MOODLE.encode().split(b"\r\n")
    assert [n for n, line in enumerate(lines) if line != before[n]] == [1]
    row = cells(filled.content)[1]
    assert row[4] == "50", "45 of 90 points, of 100"
    assert row[9].startswith("Graded by iolab: 45 of 90 points")
    assert b'"Submitted for grading",50,100.00,Yes,"Monday' in lines[1]
    assert (filled.written, filled.problems, filled.notes) == (1, (), ())


def test_moodle_takes_no_more_than_its_maximum() -> None:
    assert cells(fill("moodle", MOODLE, PERFECT).content)[3][4] == "100"


@pytest.mark.parametrize("grade", [UNGRADABLE, named(CUT_SHORT, "bob")])
def test_the_row_of_what_could_not_be_graded_stays(grade: Grade) -> None:
    for platform, sheet in (("moodle", MOODLE), ("canvas", CANVAS)):
        filled = fill(platform, sheet, replace(grade, title="Echo"))
        assert filled.content == sheet.encode()
        assert filled.written == 0
        assert filled.notes == ("bob: not gradable, its row stays as it was",)


def test_a_teachers_comment_stays_and_ours_is_renewed() -> None:
    bob = named(GRADE, "bob")
    assert cells(fill("moodle", MOODLE, bob).content)[2][9] == "Well, begun"
    ours = MOODLE.replace("Well, begun", "Graded by iolab: 3 of 90 points")
    assert "45 of 90" in cells(fill("moodle", ours, bob).content)[2][9]


def test_marks_that_differ_from_the_tables_are_counted() -> None:
    filled = fill("moodle", MOODLE, named(GRADE, "bob"), PERFECT)
    assert filled.notes == ("2 grades differ from those in the table, 1 are lower",)


def test_feedback_is_html_and_no_backslash_comes_before_a_quotation_mark() -> None:
    hint = 'use "select" <b> \\'
    checks = tuple(replace(check, hint=hint) for check in GRADE.checks)
    content = fill("moodle", MOODLE, replace(GRADE, checks=checks)).content
    assert "use &quot;select&quot; &lt;b&gt; /" in cells(content)[1][9]
    assert b"\\" not in content


def test_a_german_worksheet_is_filled_with_decimal_commas() -> None:
    german = (
        "\ufeffIdentifikationsnummer;Name;E-Mail;Status;Bewertung;Bestwertung;Änderbar;Zuletzt;"
        '"Feedback als Kommentar"\n'
        "Teilnehmer/in101;Ann;alice@u.example;-;;10,00;Ja;-;\n"
        "Teilnehmer/in102;Bob;bob@u.example;-;7,50;10,00;Ja;-;\n"
    )
    third = replace(GRADE, earned=30.0, bonus=0.0)
    filled = fill("moodle", german, third)
    assert filled.content.startswith(b"\xef\xbb\xbfIdentifikationsnummer;Name")
    assert cells(filled.content, ";")[1][4] == "3,33"
    assert "Graded by iolab" in cells(filled.content, ";")[1][8]


def test_a_chinese_worksheet_is_found_by_the_order_of_its_columns() -> None:
    chinese = (
        "标识符,全名,邮箱,状态,成绩,最高分,可更改,修改,反馈\n"
        "参与者101,李明,alice@u.example,已提交,,100,是,-,\n"
    )
    filled = fill("moodle", chinese, GRADE)
    assert cells(filled.content)[1][4] == "50"
    assert any("--feedback" in note for note in filled.notes)
    assert "Graded by iolab" in cells(fill("moodle", chinese, GRADE, feedback="反馈").content)[1][8]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("alice", 1),
        ("ALICE@u.example", 1),
        ("101", 1),
        ("Participant 103", 3),
        ("Ann_Lee", 1),
        ("李明", 3),
        ("Someone Else_102_assignsubmission_file_", 2),
        ("Bob B Ray", 2),
    ],
)
def test_a_student_is_found_by_number_address_or_name(name: str, row: int) -> None:
    rows = cells(fill("moodle", MOODLE, named(GRADE, name)).content)
    assert [n for n in (1, 2, 3) if rows[n][4] == "50"] == [row]


def test_what_fits_no_row_or_two_is_named_and_nothing_is_written_for_it() -> None:
    twins = MOODLE.replace('Bob ""B"" Ray', "Ann Lee")
    for sheet, name, said in (
        (MOODLE, "eve", "eve: no row fits"),
        (twins, "Ann Lee", "Ann Lee: 2 rows fit"),
        (MOODLE, "X_999_assignsubmission_file_", "no row fits"),
        (MOODLE, "", ": no row fits"),
    ):
        filled = fill("moodle", sheet, named(GRADE, name))
        assert filled.content == sheet.encode()
        assert said in filled.problems[0]
        assert "--students" in filled.problems[0]


def test_two_submissions_of_one_student_are_both_left_out() -> None:
    filled = fill("moodle", MOODLE, GRADE, named(PERFECT, "Ann Lee"))
    assert filled.content == MOODLE.encode()
    assert filled.problems == ("alice, Ann Lee: the same row; remove all but one",)


def test_an_instructor_may_say_whose_a_submission_is() -> None:
    chosen = read_chosen(b'eve,103\n\n"x, y",bob@u.example\n')
    filled = fill("moodle", MOODLE, named(GRADE, "eve"), named(GRADE, "x, y"), students=chosen)
    assert [row[4] for row in cells(filled.content)[1:]] == ["", "50", "50"]


@pytest.mark.parametrize("line", ["eve", "eve,1,2", ",1", "a,1\na,2"])
def test_a_wrong_line_of_the_students_file_is_named(line: str) -> None:
    with pytest.raises(SheetError, match=r"line [12]: "):
        read_chosen(line.encode())


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (MOODLE.replace("Participant 102", "Bob"), "line 3: found 'Bob'"),
        (MOODLE.split("\r\n", maxsplit=1)[0], "holds no student"),
        (MOODLE.replace("100.00", "A, B, C"), "no column could be the maximum grade"),
        (MOODLE.replace("Well, begun", 'Well"begun'), "line 3: a quotation mark in the middle"),
        ('Identifier,"Full name', "no table in CSV"),
        ("PK\x03\x04", "no table in CSV"),
        (b"Identifier,Name\n\xff,1\n", "is not in UTF-8"),
        ("", "no table in CSV"),
    ],
)
def test_what_is_no_worksheet_is_refused(sheet: str | bytes, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        fill("moodle", sheet, GRADE)


def test_the_grades_column_can_be_named() -> None:
    double = MOODLE.replace("Yes", "7").replace('"Monday, 28 September 2026, 9:00 AM"', "5")
    with pytest.raises(SheetError, match=r"several columns .* --column"):
        fill("moodle", double.replace(",7,-,", ",7,5,"), GRADE)
    filled = fill("moodle", double.replace(",7,-,", ",7,5,"), GRADE, column="grade")
    assert cells(filled.content)[1][4] == "50"
    with pytest.raises(SheetError, match="no column is called 'Mark'"):
        fill("moodle", MOODLE, GRADE, column="Mark")


def test_canvas_gets_points_in_the_column_of_the_assignment() -> None:
    filled = fill("canvas", CANVAS, replace(GRADE, title="Echo"))
    lines, before = filled.content.split(b"\n"), CANVAS.encode().split(b"\n")
    assert [n for n, line in enumerate(lines) if line != before[n]] == [3]
    assert lines[3] == b'"Lee, Ann",101,s-1,alice,A,25.00,7.00,70.00'


def test_canvas_takes_a_bonus_beyond_its_points() -> None:
    perfect = named(replace(PERFECT, title="Echo"), "bob")
    assert cells(fill("canvas", CANVAS, perfect).content)[4][5] == "55.00"


@pytest.mark.parametrize("column", ["Essay (12)", "essay", "12"])
def test_canvas_takes_another_column_by_title_or_number(column: str) -> None:
    assert cells(fill("canvas", CANVAS, GRADE, column=column).content)[3][6] == "5.00"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("leeann_101_777_server.zip", 3),
        ("leeann_LATE_101_777_server", 3),
        ("Ann Lee", 3),
        ("Lee, Ann", 3),
        ("s-2", 4),
        ("102", 4),
    ],
)
def test_canvas_finds_a_student(name: str, row: int) -> None:
    rows = cells(fill("canvas", CANVAS, named(replace(GRADE, title="Echo"), name)).content)
    assert [n for n, each in enumerate(rows) if each[5] == "25.00"] == [row]


def test_canvas_keeps_who_is_excused() -> None:
    filled = fill("canvas", CANVAS, replace(PERFECT, title="Echo"))
    assert filled.content == CANVAS.encode()
    assert filled.notes == ("dora: Canvas has 'EX', its row stays as it was",)


def test_canvas_in_another_language_of_numbers() -> None:
    rows = CANVAS.replace(",", ";").replace(".", ",").replace('"Lee; Ann"', '"Lee, Ann"')
    filled = fill("canvas", rows, replace(GRADE, title="Echo"))
    assert cells(filled.content, ";")[3][5] == "25,00"


@pytest.mark.parametrize(
    ("sheet", "options", "said"),
    [
        (CANVAS, {}, r"no column is this assignment; name it by --column: Echo \(4711\); Essay"),
        (CANVAS, {"column": "Echo 2"}, "no column is called 'Echo 2'"),
        (CANVAS.replace("Echo (4711)", "Echo"), {"column": "Echo"}, "no column is called 'Echo'"),
        (CANVAS.replace("50.00", "(read only)"), {"column": "Echo"}, "is read only"),
        (CANVAS.replace("Student,ID", "Name,ID"), {}, "export the gradebook again"),
    ],
)
def test_what_is_no_gradebook_is_refused(sheet: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(SheetError, match=said):
        fill("canvas", sheet, GRADE, **options)


def test_a_table_takes_one_assignment_and_each_name_once() -> None:
    other = replace(PERFECT, assignment="epoll-echo")
    with pytest.raises(SheetError, match="epoll-echo, select-echo"):
        fill("moodle", MOODLE, GRADE, other)
    with pytest.raises(SheetError, match="two submissions are called alice"):
        fill("moodle", MOODLE, GRADE, GRADE)


def test_a_file_of_ten_thousand_students_is_filled() -> None:
    head, row = MOODLE.split("\r\n", maxsplit=1)[0], MOODLE.split("\r\n")[1]
    rows = [row.replace("101", str(n)).replace("alice", f"s{n}") for n in range(10_000)]
    sheet = "\r\n".join([head, *rows, ""])
    class_ = [replace(GRADE, submission=Submission(f"s{n}", "", 1, 1)) for n in range(0, 10_000, 9)]
    assert fill("moodle", sheet, *class_).written == len(class_)
