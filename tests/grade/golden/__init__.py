"""Writes the golden files again: `python -m tests.grade.golden`, then read what changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runner.report.grade import CLASS, FORMATS, View
from tests.grade.samples import CUT_SHORT, GRADE, HOME, SETTINGS, UNGRADABLE

FOLDER = Path(__file__).resolve().parent
ENDINGS = {
    "text": "txt",
    "md": "md",
    "html": "html",
    "gradescope": "gradescope.json",
    "prairielearn": "prairielearn.json",
    "classroom50": "classroom50.json",
    "autolab": "autolab.txt",
    "junit": "junit.xml",
}
GRADES = {"graded": GRADE, "not-gradable": UNGRADABLE}


def made() -> Iterator[tuple[str, bytes]]:
    """Every golden file, by its name."""
    for name, grade in GRADES.items():
        for format_, ending in ENDINGS.items():
            yield f"{name}.{ending}", FORMATS[format_](grade, View(settings=SETTINGS))
    for format_ in ("text", "md", "html"):
        instructor = FORMATS[format_](GRADE, View(instructor=True))
        yield f"instructor.{ENDINGS[format_]}", instructor
        yield f"chinese.{ENDINGS[format_]}", FORMATS[format_](GRADE, View(language="zh"))
        yield f"at-home.{ENDINGS[format_]}", FORMATS[format_](HOME, View())
    yield "class.csv", CLASS["csv"]([GRADE, UNGRADABLE, CUT_SHORT], View())
    yield "class.txt", CLASS["table"]([GRADE, UNGRADABLE, CUT_SHORT], View())
