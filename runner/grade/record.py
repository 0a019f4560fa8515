"""What the grading of one submission yields: `grade.json`, and what every report and export is made
from. Written again after each check, so that a grading that is cut short shows what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runner.described import Described
from runner.grade.differs import Difference
from runner.grade.machine_facts import MachineFacts
from runner.records.json_line import first_fault
from runner.untrusted import parsed_object

FORMAT = 1
SIZE_MAX = 8 << 20


class State(StrEnum):
    """What became of a check."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"  # the submission's fault: the only state that costs points, with NEEDS
    INCONCLUSIVE = "INCONCLUSIVE"  # noise left it undecided: the submission has the benefit of it
    NEEDS = "NEEDS"  # not run, because a check that it needs did not pass
    UNGRADABLE = "UNGRADABLE"  # the lab, the machine or a missing capability: costs no points
    WAITING = "WAITING"  # not run yet


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation of a check, in words. `margin` of the ratio's interval is in `seen`."""

    expected: str
    """What had to be, such as `rate: submission / reference at least 0.5`."""
    seen: str
    """What was, such as `0.93 [0.88, 0.97]`, or the reason why nothing was seen."""
    state: State
    points: float
    earned: float
    ratio: tuple[float, float, float] | None = None
    """Of a speed: the estimate and its interval, as a ratio to the reference."""


@dataclass(frozen=True, slots=True)
class CheckGrade:
    """One check. Of a hidden one, a report for the student shows the title alone."""

    id: str
    title: str
    state: State
    points: float
    """What it is worth."""
    earned: float
    hidden: bool = False
    bonus: bool = False
    """Its points are not part of the whole that the assignment is worth."""
    needs: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    """The checks that it needs and that did not pass."""
    hint: str = ""
    reason: str = ""
    """Why it did not pass, in one or a few lines: the submission's fault, or whose else."""
    expected: tuple[Expected, ...] = ()
    seconds: float = 0.0
    trials: tuple[str, ...] = ()
    """Ids of the trials in `run/trials.jsonl` that it rests on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one column of the proof says of a claim: `value` is empty where it saw nothing, and then
    `why` says why; `agrees` is None where it neither confirms nor contradicts."""

    column: str
    """`enforced`, `untraced`, `traced` or `behaves`."""
    value: str
    agrees: bool | None
    why: str = ""
    """The evidence: the call, the thread, the descriptor, the source line where it is known; or why
    nothing was seen."""


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One claim of the assignment."""

    claim: str
    """`waits in`, `notified by`, `copies by`, `serves`, `watches`, `non-blocking`."""
    demanded: str
    seen: tuple[Seen, ...]
    ruling: str
    """`PROVEN`, `CONTRADICTED` or `NOT PROVEN`."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """`name` is the folder's or the archive's, cleaned; `sha256` is of its files as they were
    graded, names and contents."""

    name: str
    sha256: str
    files: int
    size: int
    """Bytes."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """A graded submission. `earned` and `points` leave the bonus out, which is counted apart."""

    format: int
    assignment: str
    title: str
    submission: Submission
    started: str
    """UTC."""
    seconds: float
    engine: str
    lacks: tuple[str, ...]
    """Protections and facilities that this machine lacks."""
    complete: bool
    """Whether every check was run or needed none; False while it is under way or was cut short."""
    gradable: bool
    """False where a check could not be graded: then there is no score, and it is no 0."""
    points: float
    earned: float
    bonus: float = 0.0
    checks: tuple[CheckGrade, ...] = ()
    proof: tuple[ProofRow, ...] = ()
    public: bool = False
    """Graded at home, with the public checks alone."""
    untimed: bool = False
    """Graded without the checks that judge times."""
    seed: int = 0
    spec_hash: str = ""
    kernel: str = ""
    notes: tuple[str, ...] = field(default=())
    title_zh: str = ""
    """The title in Chinese, where the assignment has one."""
    machine: MachineFacts | None = None
    """Where it was graded; null where nothing was run."""
    grader: MachineFacts | None = None
    """Graded at home: the machine that grades the class, as grader.json of the assignment says."""
    differs: tuple[Difference, ...] = ()
    """Graded at home: what differs between this machine and that of the grader."""

    @property
    def share(self) -> float:
        """0..1, the bonus not counted."""
        return self.earned / self.points if self.points else 0.0


@cache
def _grade() -> TypeAdapter[Grade]:
    return TypeAdapter(Grade)


def as_text(grade: Grade) -> str:
    return json.dumps(_grade().dump_python(grade, mode="json"), ensure_ascii=False, indent=1) + "\n"


def from_text(text: bytes | str) -> Grade:
    """Raises ValueError, which names the field."""
    data = parsed_object(text, SIZE_MAX)
    if data.get("format") != FORMAT:
        raise ValueError(f"format: {str(data.get('format'))[:40]!r} is not {FORMAT}")
    try:
        return _grade().validate_json(json.dumps(data))
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of `grade.json`, draft 2020-12."""
    title = f"I/O-model lab, grade.json, format {FORMAT}"
    whole = {**_grade().json_schema(schema_generator=Described), "title": title}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}
