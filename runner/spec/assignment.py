"""An assignment as data: a suite whose experiments are checks with points.

Its servers are called `submission` and `reference`. What is graded, in which language and with
which checks, is known only when a submission is there: `in_language` makes the suite that runs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator

from runner.spec.effective import effective
from runner.spec.expect import Expectation, Number, RatioExpectation, read_number
from runner.spec.matrix import Language, Selector, Strict
from runner.spec.model import Experiment
from runner.spec.problem import WrongError, shown
from runner.spec.quantity import DURATION, MS
from runner.spec.scalar import Choice, Many, Slug, Text
from runner.spec.suite import Suite

SUBMISSION, REFERENCE = "submission", "reference"
"""The names of the two servers: folders under `labs/` while a submission is graded."""
PROVABLE = ("waits in", "notified by", "copies by", "serves", "watches", "non-blocking")
"""The claims of a model that a proof may hold."""
_CLAIM = Choice("a claim of a model", PROVABLE)
SERVERS = (SUBMISSION, REFERENCE)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongError(f"{shown(value)} is neither true nor false", "type true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
Expected = Annotated[int, DURATION.between(MS, DURATION.high or 0)]
Title = Annotated[str, Text("a title", 200)]


def _file(value: object) -> str:
    if not isinstance(value, str) or not _FILE.fullmatch(value):
        raise WrongError(f"{shown(value)} is no name of a file", "type a name such as given.c")
    return value


GivenFile = Annotated[str, BeforeValidator(_file)]


class Titles(Strict):
    """The title of the assignment in the languages of its readers."""

    en: Title
    """In English."""
    zh: Title | None = None
    """In Chinese."""


class Task(Strict):
    """What the assignment is about."""

    title: Titles
    """The title, as in {en: An echo server with select}."""
    model: Annotated[str, Slug("a model")]
    """The I/O model that a submission must follow, such as select. In each check the servers are
    denied what its rivals need, unless the check's `limits` have `deny` themselves."""
    languages: Many[Language]
    """The languages in which a submission may be written: c, python, or dockerfile for any other.
    What has a Dockerfile is compared with the reference in the first of the other languages."""
    expected: Expected
    """How long it takes to grade one submission, such as 25s."""
    given: Annotated[tuple[GivenFile, ...], Field(max_length=100)] = ()
    """Files of the starter that are graded as they are there, whatever a submission holds under
    their names."""


class Check(Experiment):
    """An experiment with points. The submission earns the points of each expectation that passes,
    and of each claim of its model that the proof does not contradict."""

    needs: Annotated[tuple[Annotated[str, Slug("a check's id")], ...], Field(max_length=100)] = ()
    """The ids of checks that must have passed: otherwise this one is not run and earns nothing."""
    hint: Annotated[str, Text("a hint", 500)] | None = None
    """One sentence for a student whose submission does not pass."""
    proof: dict[str, Number] = Field(default_factory=dict)
    """Points for claims of the assignment's model, such as {waits in: 10, serves: 5}. The trials of
    this check and of all others are the evidence."""
    bonus: Flag = False
    """Its points come on top of what the assignment is worth."""
    hidden: Flag = False
    """Students see its title alone. The checks of hidden.yaml are; no file says so itself."""

    @field_validator("proof", mode="before")
    @classmethod
    def _claims(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise WrongError(f"{shown(value)} where a mapping is needed", "type {waits in: 10}")
        return {_CLAIM.read(claim): read_number(points) for claim, points in value.items()}

    @property
    def points(self) -> float:
        return sum(expectation.points for expectation in self.expect) + sum(self.proof.values())


class Assignment(Suite):
    """A graded exercise: its checks, for a submission and a reference."""

    assignment: Task
    """What the assignment is about."""
    experiments: Annotated[tuple[Check, ...], Field(max_length=1000)]
    """The checks, in the order in which they are shown."""

    @property
    def points(self) -> float:
        """What it is worth, without what is a bonus."""
        return sum(check.points for check in self.experiments if not check.bonus)

    def in_order(self) -> tuple[Check, ...]:
        """Each check after those that it needs, and otherwise as they are written."""
        return ordered(self.experiments)

    def in_language(self, language: Language) -> Self:
        """The same with both servers in this language. No reference has a Dockerfile: beside such a
        submission it is in a language of its own."""
        other = next((each for each in self.assignment.languages if each != "dockerfile"), language)
        own = other if language == "dockerfile" else language
        checks = tuple(_in_languages(check, language, own) for check in self.experiments)
        made = self.model_copy(update={"experiments": checks})
        digest = hashlib.sha256(effective(made).encode()).hexdigest()
        made._origin = replace(self._origin, hash=digest)  # noqa: SLF001
        return made


def ordered(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Raises graphlib.CycleError where checks need each other in a circle."""
    place = {check.id: number for number, check in enumerate(checks)}
    sorter = TopologicalSorter(needs_of(checks))
    sorter.prepare()
    ready, done = sorted(sorter.get_ready(), key=place.__getitem__), []
    while ready:
        first = ready.pop(0)
        done.append(checks[place[first]])
        sorter.done(first)
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
    return tuple(done)


def needs_of(checks: Sequence[Check]) -> Mapping[str, set[str]]:
    """For each check the checks that it needs itself, as far as there are such checks."""
    known = {check.id for check in checks}
    return {check.id: known.intersection(check.needs) for check in checks}


def _in_languages(check: Check, submission: Language, reference: Language) -> Check:
    """/proc is read in every check: it is evidence for the claims of the model."""
    check = check.model_copy(update={"sightings": True})
    if check.server is None or "language" in check.server.model_fields_set:
        return check
    of = {SUBMISSION: submission, REFERENCE: reference}
    written = {lab: of.get(lab.partition("/")[0], submission) for lab in check.server.lab}
    languages = tuple(dict.fromkeys(written.values()))
    server = check.server.model_copy(update={"language": languages})
    if len(languages) == 1:
        return check.model_copy(update={"server": server})
    others = [
        Selector(lab=(lab,), language=(other,))
        for lab, language in written.items()
        for other in languages
        if other != language
    ]
    expect = tuple(_pinned(each, written) for each in check.expect)
    exclude = (*check.exclude, *others)
    return check.model_copy(update={"server": server, "exclude": exclude, "expect": expect})


def _pinned(expectation: Expectation, written: Mapping[str, Language]) -> Expectation:
    """Two sides of a ratio must agree in what neither names: so each names its language."""
    if not isinstance(expectation, RatioExpectation):
        return expectation
    sides = {}
    for name in ("of", "to"):
        selector: Selector = getattr(expectation, name)
        languages = tuple(dict.fromkeys(written[lab] for lab in selector.lab or ()))
        sides[name] = selector.model_copy(update={"language": languages or None})
    return expectation.model_copy(update=sides)
