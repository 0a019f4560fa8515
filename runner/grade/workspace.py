"""The folder of a graded submission: what was graded, its run, its grade.

    grades/ASSIGNMENT/NAME/
        grade.json      written again after each check
        work/           the spec and the servers, as the loader of specs finds them
            grade.yaml, hidden.yaml, labs/submission/, labs/reference -> ../reference, reference/
        run/            an ordinary run folder
        report.md, ...  made from grade.json
        manifest.json   signed, when grading ends

The reference is a link below `labs`, and no folder: a submission that says `Uses: reference` is
refused, because a link is no lab that another one may use.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runner.engine.digest import digest
from runner.grade.assignment_folder import GRADE, AssignmentFolder
from runner.grade.record import SIZE_MAX, Grade, as_text, from_text
from runner.results import (
    FileManifest,
    HeldError,
    ResultsError,
    RunFolder,
    Signer,
    Verification,
    seal_files,
    shown,
    verify_files,
    write_text,
)
from runner.spec import REFERENCE, SUBMISSION
from runner.untrusted import UntrustedError, read_bytes

COVERS = ("grade.json", "work")
"""What the manifest of a grade covers, besides its run."""
RUN = "run"
REPORTS = ("report.md", "report.html")
"""Made from grade.json, and sealed with it."""
GRADES = "grades.csv"
"""The table of a class, beside the folders of its submissions."""
CLASS_PAGE = "grades.html"
"""The same as a page, and sealed as a report is."""
MANIFEST = "manifest.json"
"""The seal of a grade, and that of a class."""
OWN_FILES = (GRADES, CLASS_PAGE, MANIFEST, "grade.json", *REPORTS)
"""Files of a class, and files by which the folder of a grade is recognised: no submission has the
name of one."""
EARLIER = ".earlier"
"""Beside the folders of an assignment's submissions: gradings that were replaced."""


@dataclass(frozen=True, slots=True)
class GradeFolder:
    path: Path

    @property
    def shown(self) -> str:
        return shown(self.path)

    @property
    def name(self) -> str:
        return shown(self.path.name or self.path.resolve().name)

    @property
    def spec(self) -> Path:
        return self.path / "work" / GRADE

    @property
    def submission(self) -> Path:
        return self.path / "work" / "labs" / SUBMISSION

    @property
    def reference(self) -> Path:
        return self.path / "work" / "labs" / REFERENCE

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.path / RUN)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Prevents every other runner from grading into this folder. Raises HeldError,
        ResultsError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise ResultsError(f"cannot make {self.shown}: {error.strerror}") from None
        try:
            _lock(descriptor, f"another runner is grading into {self.shown} at this moment")
            yield
        finally:
            os.close(descriptor)

    def lay_out(
        self, assignment: AssignmentFolder, taken: Path, given: Sequence[str], *, public: bool
    ) -> None:
        """Moves the submission that was taken to its place, beside copies of the assignment's
        files; the `given` ones take the place of what it holds under their names. Raises
        ResultsError."""
        work = self.path / "work"
        try:
            if work.exists():
                shutil.rmtree(work)  # of a runner that was killed before it had begun
            (work / "labs").mkdir(parents=True)
            for name, content in assignment.specs(public=public).items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(content)
            if assignment.reference.is_dir():  # students have none
                shutil.copytree(assignment.reference, work / REFERENCE, ignore=_left_out)
                self.reference.symlink_to(Path("..") / REFERENCE)
            shutil.move(taken, self.submission)
            for name in given:
                _take_the_place(assignment.starter / name, self.submission / name)
        except OSError as error:
            raise ResultsError(f"cannot write {shown(work)}: {error.strerror}") from None

    def fits(self, assignment: AssignmentFolder, *, public: bool) -> bool:
        """Whether the assignment is still the one that was laid out here."""
        here = AssignmentFolder(self.path / "work")
        specs = here.specs(public=False)
        own = {name: each for name, each in specs.items() if not name.startswith("labs/")}
        same = own == assignment.specs(public=public)
        return same and tree_hash(here.reference) == tree_hash(assignment.reference)

    def write(self, grade: Grade) -> None:
        """`grade.json`, all or nothing. Raises ResultsError."""
        write_text(self.path / "grade.json", as_text(grade))

    def write_report(self, name: str, content: bytes) -> None:
        """All or nothing. Raises ResultsError."""
        write_text(self.path / name, content.decode())

    def grade(self) -> Grade | None:
        """None where nothing was graded here yet. Raises ResultsError."""
        path = self.path / "grade.json"
        try:
            return from_text(read_bytes(path, SIZE_MAX))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ResultsError(f"cannot read {shown(path)}: {error.strerror}") from None
        except (UntrustedError, ValueError) as error:
            raise ResultsError(f"{shown(path)}: {error}") from None

    def verification(self) -> Verification[FileManifest]:
        """Whether all of it is as it was sealed. Raises ResultsError, IntegrityError."""
        return verify_files(self.path, COVERS, (RUN,))

    def seal(self, signer: Signer | None, *, complete: bool) -> None:
        """Seals the grade with its run, if there is one: the run is sealed already. Raises
        ResultsError."""
        runs = (RUN,) if self.run.begun else ()
        seal_files(self.path, COVERS, signer, complete=complete, runs=runs, reports=REPORTS)

    def set_aside(self) -> Path:
        """Moves what is in it to a folder of its own, and returns that. Raises ResultsError."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        aside = self.path.parent / EARLIER
        for suffix in ("", *(f"-{n}" for n in range(2, 100))):
            target = aside / f"{self.path.name}-{stamp}{suffix}"
            try:
                target.mkdir(parents=True)
                for each in sorted(self.path.iterdir()):
                    each.rename(target / each.name)
            except FileExistsError:
                continue
            except OSError as error:
                raise ResultsError(f"cannot write {shown(target)}: {error.strerror}") from None
            return target
        raise ResultsError(f"{shown(aside)} already holds a hundred gradings of this second")


def tree_hash(folder: Path) -> str:
    """A hash of the names and contents of all regular files below it that could be sources."""
    parts: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _skipped(name):
            parts += (os.fsencode(name), path.read_bytes())
    return digest(parts)


def _take_the_place(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    shutil.copyfile(source, target)


def _skipped(name: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in name.parts)


def _left_out(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if _skipped(Path(name))]


def _lock(descriptor: int, otherwise: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HeldError(otherwise) from None
