"""Where the reports of a grade go: into its folder, to files, to stdout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runner.cli.outputs import Output
from runner.cli.terminal import out
from runner.grade.record import Grade
from runner.grade.workspace import REPORTS, GradeFolder
from runner.report.grade import FORMATS, View
from runner.results import ResultsError

_IN_FOLDER: Mapping[str, str] = dict(zip(REPORTS, ("md", "html"), strict=True))


def write_grade(folder: GradeFolder, grade: Grade) -> list[str]:
    """The reports for the student, into the folder of the grade. Returns what could not be
    written."""
    failed = []
    for name, style in _IN_FOLDER.items():
        try:
            folder.write_report(name, FORMATS[style](grade, View()))
        except ResultsError as error:
            failed.append(str(error))
    return failed


def show(grade: Grade, outputs: Iterable[Output], *, instructor: bool) -> list[str]:
    """Writes a report to each output, and the text to stdout unless another report goes there.
    Returns what could not be written."""
    view = View(instructor=instructor)
    failed, on_stdout = [], "text"
    for output in outputs:
        if output.path is None:
            on_stdout = output.format
            continue
        try:
            output.path.parent.mkdir(parents=True, exist_ok=True)
            output.path.write_bytes(FORMATS[output.format](grade, view))
        except OSError as error:
            failed.append(f"cannot write {output.path}: {error.strerror}")
    out(FORMATS[on_stdout](grade, view).decode())
    return failed
