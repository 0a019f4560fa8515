"""Where the reports of a grade go: into its folder, to files, to stdout."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from runner.cli.outputs import Output, write_file
from runner.cli.terminal import out
from runner.grade.record import Grade
from runner.grade.workspace import REPORTS, GradeFolder
from runner.report.grade import FORMATS, SettingError, SizeError, View
from runner.results import ResultsError

_IN_FOLDER: Mapping[str, str] = dict(zip(REPORTS, ("md", "html"), strict=True))


def write_grade(folder: GradeFolder, grade: Grade, view: View) -> list[str]:
    """The reports for the student, into the folder of the grade, in the language of the view.
    Returns what could not be written."""
    view = View(language=view.language)
    failed = []
    for name, style in _IN_FOLDER.items():
        try:
            folder.write_report(name, FORMATS[style](grade, view))
        except ResultsError as error:
            failed.append(str(error))
    return failed


def show(grade: Grade, outputs: Iterable[Output], view: View) -> list[str]:
    """Writes a report to each output, and the text to stdout unless another report goes there.
    Returns what could not be written."""
    failed, on_stdout = [], "text"
    for output in outputs:
        if output.path is None:
            on_stdout = output.format
            continue
        try:
            write_file(output.path, FORMATS[output.format](grade, view))
        except ResultsError as error:
            failed.append(str(error))
        except (SettingError, SizeError) as error:
            failed.append(f"{output.format}: {error}")
    out(FORMATS[on_stdout](grade, view).decode("utf-8-sig"))
    return failed


def linked(view: View, home: Path, page: Path) -> View:
    """The view of a class's page that is written to `page`: its links lead to the folders of the
    submissions, in `home`."""
    return replace(view, reports=os.path.relpath(home, page.parent))
