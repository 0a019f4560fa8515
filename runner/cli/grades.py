"""`runner grades`: the grades of a class, each held against its seal, as tables and exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import click

from runner.cli.exit_codes import Exit
from runner.cli.grade_outputs import linked
from runner.cli.outputs import OUTPUT, Output, parse_outputs, require_writable, write_file
from runner.cli.terminal import out, tell
from runner.cli.verify import doubt
from runner.grade.record import Grade
from runner.grade.whole_class import grade_folders
from runner.grade.workspace import GradeFolder
from runner.report.grade import (
    CLASS,
    FILLED,
    LANGUAGES,
    Filled,
    Options,
    SheetError,
    View,
    read_chosen,
)
from runner.results import IntegrityError, ResultsError, shown
from runner.untrusted import UntrustedError, read_bytes

SHEET_MAX = 32 << 20
"""Bytes of a table: some ten thousand students."""
NAMED = 50
"""So many problems are named one by one; the rest is counted."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@OUTPUT(
    help=f"Write {', '.join(CLASS)} to PATH ('-' is stdout), or fill a table that you downloaded: "
    "moodle=FILLED:WORKSHEET, canvas=FILLED:GRADEBOOK. Repeatable.",
)
@click.option("--column", default="", metavar="HEADER", help="The table's column for the grades.")
@click.option("--feedback", default="", metavar="HEADER", help="Its column for comments (Moodle).")
@click.option(
    "--students",
    type=click.Path(path_type=Path),
    help="A file of lines NAME,NUMBER OR LOGIN, for submissions whose name does not say it.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="Of the reasons.")
@click.option(
    "--signer",
    "accepted",
    multiple=True,
    metavar="FINGERPRINT",
    help="Accept grades that this key signed. Repeatable.",
)
@click.option("--allow-unsigned", is_flag=True, help="Accept grades without a signature.")
def grades(
    folder: Path,
    outputs: tuple[str, ...],
    column: str,
    feedback: str,
    students: Path | None,
    lang: str,
    accepted: tuple[str, ...],
    allow_unsigned: bool,
) -> int:
    """Shows and exports the grades in FOLDER, such as grades/select-echo.

    A grade that was changed, or is not sealed, is left out and named. Exit codes: 4 a submission
    has no score or no row in a table, 6 a grade was left out."""
    tables = parse_outputs(outputs, (*CLASS, *FILLED))
    filled = [_parse_filling(each) for each in tables if each.format in FILLED]
    plain = [each for each in tables if each.format in CLASS]
    require_writable([*plain, *(Output(each.platform, each.into) for each in filled)])
    chosen = Options(column, feedback, _read(students, read_chosen) if students else None)
    view = View(instructor=True, language=lang)
    read, doubts = _trusted_grades(_grade_folders(folder), accepted, allow_unsigned=allow_unsigned)
    _tell_problems(doubts)
    problems = [problem for each in filled for problem in each.fill(read, view, chosen)]
    _tell_problems(problems)
    on_stdout = "table"
    for output in plain:
        if output.path is None:
            on_stdout = output.format
        else:
            beside = linked(view, folder, output.path)
            write_file(output.path, CLASS[output.format](read, beside))
    out(CLASS[on_stdout](read, view).decode("utf-8-sig"))
    if doubts:
        raise IntegrityError(f"{shown(folder)}: {len(doubts)} grades were left out")
    return Exit.INCONCLUSIVE if problems or _without_score(read) else Exit.OK


@dataclass(frozen=True, slots=True)
class _Filling:
    """A table to be filled: a platform's, read from `sheet`, written to `into`."""

    platform: str
    into: Path
    sheet: Path

    def fill(self, grades: Sequence[Grade], view: View, options: Options) -> tuple[str, ...]:
        """Returns what keeps a grade from its row. Raises click.UsageError, ResultsError."""

        def make(content: bytes) -> Filled:
            return FILLED[self.platform](content, grades, view, options)

        filled = _read(self.sheet, make)
        write_file(self.into, filled.content)
        for note in filled.notes[:NAMED]:
            tell(f"{self.platform}: {note}")
        rows = "row" if filled.written == 1 else "rows"
        tell(f"{self.platform}: {shown(self.into)}: {filled.written} {rows} with a grade")
        return tuple(f"{self.platform}: {problem}" for problem in filled.problems)


def _parse_filling(output: Output) -> _Filling:
    """Raises click.UsageError that says what to type."""
    into, sign, sheet = str(output.path or "-").rpartition(":")
    if not sign or not into or not sheet:
        raise click.UsageError(
            f"-o {output.format}={output.path or '-'}: type -o {output.format}=FILLED:DOWNLOADED, "
            "with the file to write and the table that you downloaded"
        )
    if Path(into).resolve() == Path(sheet).resolve():
        raise click.UsageError(f"-o {output.format}: the filled table needs a name of its own")
    return _Filling(output.format, Path(into), Path(sheet))


def _grade_folders(folder: Path) -> list[GradeFolder]:
    """The grades in a folder, by name. Raises click.UsageError where there are none."""
    if not folder.is_dir():
        raise click.UsageError(f"{shown(folder)}: no such folder; type the folder of a class")
    found = grade_folders(folder)
    if found:
        return found
    below = sorted({path.parent.parent for path in folder.glob("*/*/grade.json")})
    classes = [shown(path) for path in below if path.name[:1] != "."]
    hint = f"type {' or '.join(classes[:5])}" if classes else "runner grade writes them"
    raise click.UsageError(f"{shown(folder)} holds no NAME/grade.json; {hint}")


def _trusted_grades(
    folders: Sequence[GradeFolder], accepted: tuple[str, ...], *, allow_unsigned: bool
) -> tuple[list[Grade], list[str]]:
    """The grades that are as they were sealed, each under the name of its folder, and a line for
    each grade that is left out."""
    read: list[Grade] = []
    doubts: list[str] = []
    for folder in folders:
        try:
            why = _doubt(folder, accepted, allow_unsigned=allow_unsigned)
            grade = None if why else folder.grade()
        except (ResultsError, IntegrityError) as error:
            why, grade = str(error), None
        if grade is None:
            doubts.append(f"{folder.shown}: {why}")
        else:
            about = replace(grade.submission, name=folder.path.name)
            read.append(replace(grade, submission=about))
    return read, doubts


def _doubt(folder: GradeFolder, accepted: tuple[str, ...], *, allow_unsigned: bool) -> str:
    verification = folder.verification()
    if verification.manifest is None:
        return "not sealed: its grading has not ended"
    changed = verification.unfit(reports=False)
    if changed:
        return changed
    return doubt(verification, accepted, allow_unsigned)


def _without_score(grades: Sequence[Grade]) -> bool:
    return any(not (grade.gradable and grade.complete) for grade in grades)


def _tell_problems(problems: Sequence[str]) -> None:
    for problem in problems[:NAMED]:
        tell(f"grades: {problem}")
    if len(problems) > NAMED:
        tell(f"grades: {len(problems) - NAMED} more problems")


T = TypeVar("T")


def _read(path: Path, make: Callable[[bytes], T]) -> T:
    """Applies `make` to the content of a file that an instructor names. Raises click.UsageError."""
    try:
        return make(read_bytes(path.resolve(), SHEET_MAX))
    except (OSError, UntrustedError, SheetError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.UsageError(f"{shown(path)}: {why}") from None
