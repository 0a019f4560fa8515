"""A grading begins: the submission is copied into the folder of its grade, or an earlier grading
there goes on."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from runner.engine import scratch
from runner.engine.box import Say
from runner.grade import score
from runner.grade.assignment_folder import AssignmentFolder
from runner.grade.denials import with_denials
from runner.grade.folder_names import folder_name
from runner.grade.intake import Intake, IntakeError, intake
from runner.grade.language import language_of, same_file
from runner.grade.machine_facts import MachineFacts
from runner.grade.phases import untimed
from runner.grade.record import FORMAT, Grade, State, Submission
from runner.grade.workspace import GradeFolder
from runner.results import IntegrityError, ResultsError, shown
from runner.session.begin import now
from runner.spec import HIDDEN, Assignment, load_assignment

_SEEDS = 1 << 31


@dataclass(frozen=True, slots=True)
class Order:
    """What to grade. `name` is the name of the grade's folder; the default is the submission's own.
    The default of `seed` is a random number: a submission cannot foresee the bytes and the order.
    """

    source: AssignmentFolder
    submission: Path
    into: Path
    engine: str
    public: bool = False
    seed: int | None = None
    name: str | None = None
    untimed: bool = False
    host: str | None = None
    """The host of a cluster that grades; None for the machine where the command was typed."""

    @property
    def closed(self) -> tuple[Path, ...]:
        """What a submission must not be able to open: the grades, the assignment, hidden checks."""
        return (self.into, self.source.path, self.source.path / HIDDEN)

    @property
    def grader(self) -> MachineFacts | None:
        """The machine that grades the class, for a student who grades at home. Raises
        AssignmentError."""
        return self.source.grader() if self.public else None

    def load(self) -> Assignment:
        """Raises SpecError, AssignmentError."""
        return self.without(self.source.load(public=self.public))

    def without(self, assignment: Assignment) -> Assignment:
        """Without the checks that this grading leaves out. Raises AssignmentError."""
        return untimed(assignment) if self.untimed else assignment


@dataclass(frozen=True, slots=True)
class Layout:
    """The submission in the folder of its grade. `grade` is what is known so far; `assignment` is
    None where the submission was refused, and then the grade says why."""

    folder: GradeFolder
    grade: Grade
    assignment: Assignment | None
    public_checks: str = ""
    """A hash of the checks that students have as well."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be done."""
        return self.grade.complete and (self.grade.gradable or self.assignment is None)


@contextlib.contextmanager
def lay_out(order: Order, say: Say) -> Iterator[Layout]:
    """Copies the submission into the folder of its grade, and keeps other runners from that folder
    while the context is open. Raises SpecError, AssignmentError, ResultsError
    (HeldError, IntegrityError)."""
    assignment = order.load()
    home = order.into / order.source.name
    with contextlib.ExitStack() as stack:
        taking = _scratch_in(home, stack)
        try:
            taken = intake(order.submission, taking / "submission")
        except IntakeError as refusal:
            name = order.name or order.submission.resolve().name
            folder = GradeFolder(home / folder_name(name))
            stack.enter_context(folder.held())
            yield _refused_layout(order, assignment, folder, str(refusal), say)
            return
        except OSError as error:
            raise ResultsError(
                f"cannot copy the submission into {shown(home)}: {error.strerror or error}"
            ) from None
        folder = GradeFolder(home / folder_name(order.name or taken.name))
        stack.enter_context(folder.held())
        yield _layout(order, assignment, folder, taken, say)


def _layout(
    order: Order, assignment: Assignment, folder: GradeFolder, taken: Intake, say: Say
) -> Layout:
    earlier = _earlier_grade(order, folder, taken, say)
    given = assignment.assignment.given
    changed = [name for name in given if not same_file(name, taken.folder, order.source.starter)]
    if earlier is None:
        folder.lay_out(order.source, taken.folder, given, public=order.public)
    languages = assignment.assignment.languages
    choice = language_of(folder.submission, order.source.starter, languages)
    known = order.without(load_assignment(folder.spec, hidden=not order.public))
    suite = with_denials(known).in_language(choice.language)
    checks = order.source.load(public=True).hash
    if earlier is not None:
        return Layout(folder, earlier, suite, checks)
    about = Submission(taken.name, taken.sha256, taken.files, taken.size, choice.language)
    dropped = tuple(f"left out: {each}" for each in taken.dropped)
    replaced = tuple(f"graded with {each} as it is in the starter" for each in changed)
    placed = (f"graded on the host {order.host}",) if order.host else ()
    notes = (*((choice.note,) if choice.note else ()), *replaced, *dropped, *placed)
    grade = _new_grade(order, suite, about, notes)
    folder.write(grade)
    return Layout(folder, grade, suite, checks)


def _earlier_grade(order: Order, folder: GradeFolder, taken: Intake, say: Say) -> Grade | None:
    """The grade so far, if it is of the same files by the same assignment, engine and seed. Any
    other grading in the folder is moved away."""
    grade = folder.grade()
    if grade is None:
        return None
    _require_unchanged(folder)
    if _is_of(order, folder, grade, taken) and grade.kernel == platform.release():
        return grade
    _set_aside(folder, say)
    return None


def _is_of(order: Order, folder: GradeFolder, grade: Grade, taken: Intake) -> bool:
    """Whether the grade is of these files, by this assignment, in this way."""
    return (
        grade.submission.sha256 == taken.sha256
        and grade.public == order.public
        and grade.untimed == order.untimed
        and grade.engine == order.engine
        and order.seed in (None, grade.seed)
        and grade.grader == order.grader
        and folder.fits(order.source, public=order.public)
    )


def graded_already(order: Order) -> bool:
    """Whether the folder of the grade holds a whole one of this submission, sealed and unchanged,
    by whichever host. Raises ResultsError, IntegrityError."""
    home = order.into / order.source.name
    folder = GradeFolder(home / folder_name(order.name or order.submission.resolve().name))
    grade = folder.grade()
    if grade is None or not (grade.complete and grade.gradable):
        return False
    _require_unchanged(folder)
    if folder.verification().manifest is None:
        return False
    with contextlib.ExitStack() as stack:
        try:
            taken = intake(order.submission, _scratch_in(home, stack) / "submission")
        except (IntakeError, OSError):
            return False
        return _is_of(order, folder, grade, taken)


def _set_aside(folder: GradeFolder, say: Say) -> None:
    """Moves another grading out of the folder."""
    aside = folder.set_aside()
    say(f"grade: {folder.shown} held another grading, which is now in {shown(aside)}")


def _require_unchanged(folder: GradeFolder) -> None:
    changed = folder.verification().unfit(reports=False)
    if changed:
        raise IntegrityError(
            f"{folder.shown} was changed since it was graded: {changed}; move it away to grade "
            "the submission again"
        )


def _refused_layout(
    order: Order, assignment: Assignment, folder: GradeFolder, why: str, say: Say
) -> Layout:
    """A refused submission has no score, so that the instructor looks at it."""
    if os.path.lexists(folder.path / "grade.json"):
        _set_aside(folder, say)
    about = Submission(folder_name(order.name or order.submission.resolve().name), "", 0, 0)
    grade = without_a_grade(_new_grade(order, assignment, about, ()), assignment, why)
    folder.write(grade)
    return Layout(folder, grade, None)


def without_a_grade(grade: Grade, assignment: Assignment, why: str) -> Grade:
    """The grade where no check could be run."""
    checks = tuple(score.ungradable(check, why) for check in assignment.experiments)
    return replace(grade, checks=checks, complete=True, gradable=False, earned=0.0)


def failed_to_grade(order: Order, name: str, known: Grade | None, why: str) -> Grade:
    """The grade of a submission whose runner failed: checks that were graded stay, the others are
    not gradable."""
    assignment = order.load()
    if known is None:
        about = Submission(name, "", 0, 0)
        return without_a_grade(_new_grade(order, assignment, about, ()), assignment, why)
    waiting = {check.id: score.ungradable(check, why) for check in assignment.experiments}
    checks = tuple(
        waiting.get(each.id, each) if each.state is State.WAITING else each for each in known.checks
    )
    return replace(known, checks=checks, complete=True, gradable=False)


def _new_grade(order: Order, suite: Assignment, about: Submission, notes: tuple[str, ...]) -> Grade:
    title = suite.assignment.title
    return Grade(
        format=FORMAT,
        assignment=order.source.name,
        title=title.en,
        title_zh=title.zh or "",
        submission=about,
        started=now(),
        seconds=0.0,
        engine=order.engine,
        lacks=(),
        complete=False,
        gradable=True,
        points=suite.points,
        earned=0.0,
        checks=tuple(map(score.waiting, suite.experiments)),
        public=order.public,
        untimed=order.untimed,
        seed=secrets.randbelow(_SEEDS) if order.seed is None else order.seed,
        spec_hash=suite.hash,
        kernel=platform.release(),
        notes=notes,
        grader=order.grader,
    )


def _scratch_in(home: Path, stack: contextlib.ExitStack) -> Path:
    """An empty folder on the same file system as the grades, removed at the end. Those that killed
    runners left there are removed as well."""
    scratch.sweep(home)
    try:
        return stack.enter_context(scratch.scratch(home))
    except OSError as error:
        raise ResultsError(f"cannot make a folder in {shown(home)}: {error.strerror}") from None
