"""The answers of a class: which predictions were wrong most often. Pure.

Of each learner and question the first answer counts: later ones have been taught."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.learn.ask import plain
from runner.learn.course import LESSONS
from runner.learn.progress import Answer, Progress
from runner.learn.question import Question
from runner.learn.text import sentence, show, words

COUNTED = ("right", "wrong")


@dataclass(frozen=True, slots=True)
class Row:
    """One question: how many answered it, how many of these were wrong, what they predicted then,
    and what was measured for them."""

    lesson: int
    question: Question
    learners: int
    wrong: int
    often: str
    measured: tuple[str | int | float, ...]

    @property
    def share(self) -> float:
        return self.wrong / self.learners


def gather(files: Iterable[Progress]) -> list[Row]:
    """The questions that were answered, the most often wrong first."""
    learners = [_first(each) for each in files]
    rows = []
    for number, lesson in enumerate(LESSONS, 1):
        for question in lesson.questions:
            answers = [each[question.id] for each in learners if question.id in each]
            if answers:
                rows.append(_row(number, question, answers))
    return sorted(rows, key=lambda row: (-row.share, -row.learners, row.lesson))


def _first(progress: Progress) -> dict[str, Answer]:
    first: dict[str, Answer] = {}
    for answer in progress.answers:
        if answer.result in COUNTED:
            first.setdefault(answer.question, answer)
    return first


def _row(number: int, question: Question, answers: Sequence[Answer]) -> Row:
    wrong = [answer for answer in answers if answer.result == "wrong"]
    ((often, _),) = Counter(plain(each.predicted) for each in wrong).most_common(1) or [("", 0)]
    measured = tuple(answer.measured for answer in answers if answer.measured is not None)
    return Row(number, question, len(answers), len(wrong), often, measured)


def heads(language: str) -> list[str]:
    said = words(language, "class")
    return [said[key] for key in ("lesson", "question", "learners", "wrong", "share", "often",
                                  "measured")]  # fmt: skip


def cells(row: Row, language: str) -> list[str]:
    title = sentence(language, "question", row.question.id, "title")
    often = show(row.often, language) if row.often else "–"
    measured = _measured(row, language)
    return [str(row.lesson), title, str(row.learners), str(row.wrong), f"{row.share:.0%}", often,
            measured]  # fmt: skip


def _measured(row: Row, language: str) -> str:
    numbers = sorted(float(value) for value in row.measured if not isinstance(value, str))
    if not numbers:
        said = Counter(show(value, language) for value in row.measured)
        return " / ".join(name for name, _ in said.most_common(3))
    low, high = show(numbers[0], language), show(numbers[-1], language)
    return low if low == high else sentence(language, "class", "range", low=low, high=high)


def to_csv(rows: Iterable[Row]) -> str:
    """For a program: names as the lab writes them, in English."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["lesson", "question", "learners", "wrong", "share", "most_often_predicted"])
    for row in rows:
        share = f"{row.share:.3f}"
        table.writerow([row.lesson, row.question.id, row.learners, row.wrong, share, row.often])
    return out.getvalue()
