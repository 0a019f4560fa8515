"""The folder of an assignment: found by name or path, its spec loaded, its files there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from runner.grade.demanded import unknown_demands
from runner.grade.error import AssignmentError
from runner.grade.machine_facts import GRADER, SIZE_MAX, MachineFacts, from_text
from runner.paths import LABS
from runner.results import shown
from runner.spec import (
    HIDDEN,
    REFERENCE,
    Assignment,
    Key,
    Language,
    SpecError,
    WrongError,
    load_assignment,
    problem_at,
)
from runner.untrusted import UntrustedError, read_bytes

HOMEWORK = LABS / "homework"
GRADE = "grade.yaml"
SERVERS: Mapping[Language, str] = {
    "c": "server.c",
    "python": "server.py",
    "dockerfile": "Dockerfile",
}
"""The main source of a server in each language, or what says how it is made."""


@dataclass(frozen=True, slots=True)
class AssignmentFolder:
    path: Path

    @property
    def name(self) -> str:
        return shown(self.path.resolve().name)

    @property
    def spec(self) -> Path:
        return self.path / GRADE

    @property
    def reference(self) -> Path:
        return self.path / "reference"

    @property
    def starter(self) -> Path:
        return self.path / "starter"

    def specs(self, *, public: bool) -> dict[str, bytes]:
        """The files that its spec is made of, by their paths in the folder: with all that may be
        included, and without the hidden checks if `public`."""
        names = {path.relative_to(self.path).as_posix() for path in self.path.rglob("*.yaml")}
        kept = sorted(names - ({HIDDEN} if public else set()))
        return {name: (self.path / name).read_bytes() for name in kept}

    def load(self, *, public: bool = False) -> Assignment:
        """The assignment, without its hidden checks if `public`. Raises SpecError, also for a model
        or a claim that is in no table, and where the reference does not exist in a language in
        which submissions may be written, or a given file does not. Students have no reference: they
        run the checks that need none."""
        assignment = load_assignment(self.spec, hidden=not public)
        wrongs = [
            *unknown_demands(assignment),
            *self._without_a_reference(assignment),
            *self._not_given(assignment),
        ]
        if wrongs:
            source = assignment.source
            raise SpecError([problem_at(source.at(key), key, wrong) for key, wrong in wrongs])
        return assignment

    def grader(self) -> MachineFacts | None:
        """The machine that grades the class, where the assignment says it. Raises
        AssignmentError."""
        path = self.path / GRADER
        try:
            return from_text(read_bytes(path, SIZE_MAX))
        except FileNotFoundError:
            return None
        except (OSError, UntrustedError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise AssignmentError(
                f"{shown(path)}: {why}; get the file from the instructor again, or delete it"
            ) from None

    def _without_a_reference(self, assignment: Assignment) -> Iterator[tuple[Key, WrongError]]:
        languages = assignment.assignment.languages
        if not any(REFERENCE in each.server.lab for each in assignment.experiments if each.server):
            return
        for number, language in enumerate(languages):
            key: Key = ("assignment", "languages", number)
            source = self.reference / SERVERS[language]
            if language == "dockerfile" and len(languages) == 1:
                what = "nothing can be compared with a submission that has a Dockerfile"
                yield key, WrongError(what, "the reference is in C or Python", "add c or python")
            elif language != "dockerfile" and not source.is_file():
                yield (
                    key,
                    WrongError(
                        f"the reference has no {source.name}",
                        f"{shown(source)} is what such submissions are compared with",
                        f"write it, or delete {language}",
                    ),
                )

    def _not_given(self, assignment: Assignment) -> Iterator[tuple[Key, WrongError]]:
        for number, name in enumerate(assignment.assignment.given):
            if not (self.starter / name).is_file():
                what = f"the starter has no {name}"
                wrong = WrongError(what, f"it would be {shown(self.starter / name)}", "write it")
                yield ("assignment", "given", number), wrong


def find_assignment(name: str) -> AssignmentFolder:
    """An assignment by its name below labs/homework, or by the path of its folder or of its
    grade.yaml. Raises AssignmentError."""
    given = Path(name)
    folder = given.parent if given.name == GRADE else given
    for path in (folder, HOMEWORK / name):
        try:
            if (path / GRADE).is_file():
                return AssignmentFolder(path)
        except (OSError, ValueError):
            continue  # no file system allows such a name
    known = [each.name for each in assignments()]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none yet'}"
    raise AssignmentError(
        f"{shown(name)}: no folder with a {GRADE}, and no assignment of labs/homework; {hint}"
    )


def assignments() -> list[AssignmentFolder]:
    """The assignments of the project."""
    return [AssignmentFolder(path.parent) for path in sorted(HOMEWORK.glob(f"*/{GRADE}"))]
