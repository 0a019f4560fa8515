"""The grades of a class, as a whole: one for each submission, and a manifest of all."""

from __future__ import annotations

from pathlib import Path

from runner.grade.begin import Order, failed_to_grade
from runner.grade.course import Course, Entry
from runner.grade.record import Grade
from runner.grade.workspace import GradeFolder
from runner.results import FileVerification, Signer, seal_files, verify_files

GRADES = "grades.csv"


def graded(course: Course, entry: Entry, order: Order) -> Grade:
    """Its grade. Where its runner left none, one that says why there is no score, and that a
    person has to look at: never a 0."""
    grade = course.grade_of(entry)
    ended = course.ended.get(entry.name)
    if grade is not None and (grade.complete or ended is None or not ended.failed):
        return grade
    why = "it was not graded" if ended is None else f"its runner failed: {ended.said}"
    return failed_to_grade(order, entry.name, grade, why)


def seal_class(home: Path, signer: Signer | None, *, complete: bool) -> None:
    """Covers the table of grades, and the manifest of each. Raises ResultsError."""
    seal_files(home, covers(home), signer, complete=complete)


def verify_class(home: Path) -> FileVerification:
    """Of the class as a whole; each of its grades has a verification of its own. Raises
    ResultsError, IntegrityError."""
    return verify_files(home, covers(home), ())


def folders(home: Path) -> list[GradeFolder]:
    """Of every graded submission, by name."""
    return [GradeFolder(path.parent) for path in sorted(home.glob("[!.]*/grade.json"))]


def covers(home: Path) -> list[str]:
    return [GRADES, *(f"{each.path.name}/manifest.json" for each in folders(home))]
