"""A graded submission as people and platforms read it. Pure.

    FORMATS   a format's name -> a function from one grade to the bytes of its file
    CLASS     the same from the grades of a class
    FILLED    a platform's name -> a function that fills the table that a teacher downloaded

Each shows what a `View` may see: hidden checks keep their details from a student (view.py). A grade
that does not count (a check could not be graded, or the grading was cut short) has no score in any
of them, and never a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from runner.grade.record import Grade
from runner.report.grade.autolab import to_autolab
from runner.report.grade.canvas import fill_canvas
from runner.report.grade.capped import SizeError
from runner.report.grade.class_csv import to_csv
from runner.report.grade.class_page import to_page
from runner.report.grade.class_table import to_table
from runner.report.grade.classroom50 import (
    SETTINGS,
    SettingError,
    require_settings,
    to_classroom50,
)
from runner.report.grade.filled import Filled, Options
from runner.report.grade.gradescope import to_gradescope
from runner.report.grade.junit_grade import to_junit
from runner.report.grade.moodle import fill_moodle
from runner.report.grade.page_html import to_html
from runner.report.grade.page_markdown import to_markdown
from runner.report.grade.prairielearn import to_prairielearn
from runner.report.grade.sheet import SheetError
from runner.report.grade.students import read_chosen
from runner.report.grade.terminal import to_text
from runner.report.grade.view import LANGUAGES, View

FORMATS: Mapping[str, Callable[[Grade, View], bytes]] = {
    "text": to_text,
    "md": to_markdown,
    "html": to_html,
    "gradescope": to_gradescope,
    "prairielearn": to_prairielearn,
    "classroom50": to_classroom50,
    "autolab": to_autolab,
    "junit": to_junit,
    "csv": lambda grade, view: to_csv([grade], view),
}

CLASS: Mapping[str, Callable[[Sequence[Grade], View], bytes]] = {
    "table": to_table,
    "csv": to_csv,
    "html": to_page,
}

FILLED: Mapping[str, Callable[[bytes, Sequence[Grade], View, Options | None], Filled]] = {
    "moodle": fill_moodle,
    "canvas": fill_canvas,
}

__all__ = [
    "CLASS",
    "FILLED",
    "FORMATS",
    "LANGUAGES",
    "SETTINGS",
    "Filled",
    "Options",
    "SettingError",
    "SheetError",
    "SizeError",
    "View",
    "read_chosen",
    "require_settings",
]
