"""The grades of a class, as a whole: one for each submission, and a manifest of all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runner.grade.begin import Order, failed_to_grade
from runner.grade.course import LOGS, Course, Entry
from runner.grade.record import Grade
from runner.grade.workspace import CLASS_PAGE, GRADES, MANIFEST, GradeFolder
from runner.results import (
    FileManifest,
    HeldError,
    Signer,
    Verification,
    seal_files,
    shown,
    verify_files,
)

_NAMED = 5


def final_grade(course: Course, entry: Entry, order: Order) -> Grade:
    """The grade of one submission, under the name of its folder, which no other one has. Where its
    runner left none, a grade that says why there is no score: never a 0."""
    grade = _grade_of(course, entry, order)
    return replace(grade, submission=replace(grade.submission, name=entry.name))


def _grade_of(course: Course, entry: Entry, order: Order) -> Grade:
    grade = course.grade_of(entry)
    ended = course.ended.get(entry.name)
    if grade is not None and (grade.complete or ended is None or not ended.failed):
        return grade
    if ended is None:
        why = "it was not graded"
    else:
        why = ended.last_line if ended.late else f"its runner failed: {ended.last_line}"
    return failed_to_grade(order, entry.name, grade, why)


@contextlib.contextmanager
def held_class(home: Path) -> Iterator[None]:
    """Prevents every other runner from grading this class meanwhile. Raises HeldError,
    ResultsError."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(GradeFolder(home / LOGS).held())
        except HeldError:
            raise HeldError(
                f"another runner is grading the class in {shown(home)} at this moment"
            ) from None
        yield


def seal_class(home: Path, signer: Signer | None, *, complete: bool) -> None:
    """The seal covers the table of grades, and the manifest of each. Raises ResultsError."""
    seal_files(home, covered_files(home), signer, complete=complete, reports=(CLASS_PAGE,))


def verify_class(home: Path) -> Verification[FileManifest]:
    """Whether the table of grades and the manifests are as they were sealed; each grade has a
    verification of its own. Raises ResultsError, IntegrityError."""
    return verify_files(home, covered_files(home), ())


def submissions_graded_later(home: Path, verification: Verification[FileManifest]) -> list[str]:
    """The submissions that were graded after the class was sealed, such as a late one. Empty
    where anything else differs from the seal. Raises ResultsError, IntegrityError."""
    manifest = verification.manifest
    differing = {fault.file for fault in verification.faults} - {MANIFEST}
    if manifest is None:
        return []
    later: dict[str, str] = {}
    for each in grade_folders(home):
        name = shown(f"{each.path.name}/{MANIFEST}")
        own = each.verification().manifest if name in differing else None
        if own is not None and own.sealed >= manifest.sealed:
            later[name] = each.name
    return list(later.values()) if differing == later.keys() else []


def how_to_seal_again(home: Path, names: Sequence[str]) -> str:
    """What to type after some submissions were graded later, in a sentence."""
    few = f"{', '.join(names[:_NAMED])}{', ...' if len(names) > _NAMED else ''}"
    return (
        f"{few} {'was' if len(names) == 1 else 'were'} graded after the class was sealed: {GRADES} "
        f"and the seal of {shown(home)} are older; type the command for the class again (runner "
        "grade ... --submissions), which grades nothing twice and writes both anew"
    )


def grade_folders(home: Path) -> list[GradeFolder]:
    """The folder of every graded submission, by name."""
    return [GradeFolder(path.parent) for path in sorted(home.glob("[!.]*/grade.json"))]


def covered_files(home: Path) -> list[str]:
    return [GRADES, *(f"{each.path.name}/{MANIFEST}" for each in grade_folders(home))]
