"""What a learner has answered, as the text of a file. Pure.

A file may be anyone's: an instructor collects those of a class. So it is bounded, its strings are
cleaned, and every field has its type.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from runner.untrusted import UntrustedError, parsed_object

LARGEST = 1 << 20
"""Bytes of a file that is read; a course takes about 20 KiB, each time it is repeated."""
_Short = Annotated[str, Field(max_length=80)]
_Text = Annotated[str, Field(max_length=4000)]
_Plain = int | float | _Short
_Some = Annotated[dict[_Short, _Plain], Field(max_length=40)]


class ProgressError(Exception):
    """The text is no progress of this course; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One prediction and its measurement. `round` counts how often the lesson was begun anew."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    lesson: _Short
    question: _Short
    round: Annotated[int, Field(ge=1, le=10_000)]
    variant: _Some
    predicted: _Plain
    result: Literal["right", "wrong", "open", "invalid", "lacks"]
    measured: _Plain | None = None
    low: float | None = None
    high: float | None = None
    order: Annotated[dict[_Short, float], Field(max_length=10)] = field(default_factory=dict)
    case: _Short = ""
    figures: _Some = field(default_factory=dict)
    why: _Text = ""
    judged: _Text = ""
    run: _Text = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`seed` draws the variants: it is the learner's own. `rounds` counts the beginnings of each
    lesson that was begun anew."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    seed: Annotated[int, Field(ge=0)]
    version: Literal[1] = 1
    rounds: Annotated[dict[_Short, int], Field(max_length=20)] = field(default_factory=dict)
    answers: Annotated[tuple[Answer, ...], Field(max_length=2000)] = ()

    def round_of(self, lesson: str) -> int:
        return self.rounds.get(lesson, 1)

    def answers_of(self, lesson: str) -> dict[str, Answer]:
        """Those of the present round, by the question."""
        current = self.round_of(lesson)
        return {
            answer.question: answer
            for answer in self.answers
            if answer.lesson == lesson and answer.round == current
        }

    def with_answer(self, answer: Answer) -> Progress:
        return replace(self, answers=(*self.answers, answer))

    def again(self, lesson: str) -> Progress:
        """The lesson from its beginning, with other variants."""
        return replace(self, rounds={**self.rounds, lesson: self.round_of(lesson) + 1})


_ADAPTER = TypeAdapter(Progress)


def to_text(progress: Progress) -> str:
    return json.dumps(asdict(progress), ensure_ascii=False, indent=1) + "\n"


def of_text(text: bytes | str) -> Progress:
    """Raises ProgressError."""
    try:
        return _ADAPTER.validate_json(json.dumps(parsed_object(text, LARGEST, one_line=True)))
    except UntrustedError as error:
        raise ProgressError(str(error)) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:80]
        raise ProgressError(f"{place}: {first['msg']}") from None
