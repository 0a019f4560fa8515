"""A lesson played: question, prediction, measurement, explanation, the next question."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from runner.cli.exit_codes import Exit
from runner.cli.fold import folded
from runner.cli.progress import Display
from runner.cli.terminal import out
from runner.cli.typed import Typed
from runner.judge.run import Run
from runner.learn import feedback
from runner.learn.ask import Asked, Prediction
from runner.learn.course import (
    LESSONS,
    answer_of,
    next_lesson,
    seed_of,
    unanswered,
    variant_of,
)
from runner.learn.measuring import Watch
from runner.learn.prediction import PredictionError, read
from runner.learn.progress import Progress
from runner.learn.question import Lesson, Name, Number, Question, Values
from runner.learn.reading import Reading, Result
from runner.learn.reading import read as read_run
from runner.learn.text import sentence, words
from runner.session import Listener

STOP = ("q", "quit", "exit", "退出")
HINT = ("?", "？", "hint")


class Measuring(Protocol):
    """runner.learn.measuring.Bench, or a test's."""

    def measure(self, asked: Asked, seed: str, watch: Watch) -> tuple[Run, str]:
        """The judged run, and its folder."""


class StoppedError(Exception):
    """The learner stopped, or the input ended."""


@dataclass(slots=True)
class Table:
    """Where learner and lab meet: the language, the typed lines, what is kept and how."""

    language: str
    typed: Typed
    bench: Measuring
    progress: Progress
    keep: Callable[[Progress], None]
    postponed: int = 0
    """Questions without a valid measurement in this sitting."""

    def play(self, lesson: Lesson) -> None:
        """From its first unanswered question to its end. Raises StoppedError."""
        number = LESSONS.index(lesson) + 1
        of = len(LESSONS)
        title = sentence(self.language, "lesson", lesson.id, "title")
        self._say("")
        head = self._words("lesson", number=number, of=of, title=title)
        out(f"{head}\n{'=' * min(78, 2 * len(head))}")
        self._say(sentence(self.language, "lesson", lesson.id, "intro"))
        for question in unanswered(self.progress, lesson):
            self._question(lesson, question)
        self._end(lesson, number)

    def _question(self, lesson: Lesson, question: Question) -> None:
        variant = variant_of(self.progress, lesson, question)
        place = lesson.questions.index(question) + 1
        out("")
        out(f"-- {self._words('question', number=place, of=len(lesson.questions))} --")
        self._say(feedback.asks(question, dict(variant), self.language))
        for number, name in enumerate(feedback.options(question, dict(variant), self.language), 1):
            out(f"  {number}  {name}")
        asked = Asked(question, variant, self._prediction(question, variant))
        measured = self._measured(lesson, asked)
        if measured is None:
            self.postponed += 1
            number = LESSONS.index(lesson) + 1
            self._say(self._words("postponed", number=number))
            return
        reading, run = measured
        current = self.progress.round_of(lesson.id)
        answer = answer_of(lesson, asked, reading, current, run)
        self.progress = self.progress.with_answer(answer)
        self.keep(self.progress)
        if reading.result is Result.LACKS:
            self._say(self._words("lacks", why=reading.why))
            return
        self._say(feedback.off(question, answer, self.language))
        for line in feedback.drawing(question, answer, self.language):
            out(line)
        self._say(feedback.why(question, answer, self.language))
        self._say(self._words("judge", judged=answer.judged))

    def _prediction(self, question: Question, variant: Values) -> Prediction:
        """What the learner types, until it is a prediction."""
        form = question.form
        key = (
            "number" if isinstance(form, Number) else "name" if isinstance(form, Name) else "order"
        )
        unit = f", {form.unit}" if isinstance(form, Number) and form.unit else ""
        prompt = self._words(key, unit=unit)
        labs = str(variant.get("labs", "")).split()
        while True:
            line = self.typed.ask(prompt)
            if line is None or line.strip().lower() in STOP:
                raise StoppedError
            if line.strip().lower() in HINT:
                self._say(sentence(self.language, "question", question.id, "hint", **variant))
                continue
            try:
                return read(form, labs, words(self.language, "names"), line)
            except PredictionError as error:
                self._say(sentence(self.language, "wrong", error.says, **error.figures))

    def _measured(self, lesson: Lesson, asked: Asked) -> tuple[Reading, str] | None:
        """None where no measurement was valid. A script gets a second try, a person as many as
        wanted."""
        seed = seed_of(self.progress, lesson, asked.question)
        tries = 0
        while True:
            out(self._words("once_more" if tries else "measuring"))
            run, folder = self.bench.measure(asked, f"{seed} {tries}", _bar)
            reading = read_run(asked, run)
            if reading.result is not Result.INVALID:
                return reading, folder
            self._say(self._words("invalid", why=reading.why))
            tries += 1
            if not self._once_more(tries):
                return None

    def _once_more(self, tries: int) -> bool:
        if not self.typed.live:
            return tries < 2
        line = self.typed.ask(self._words("retry"))
        if line is None:
            raise StoppedError
        return line.strip().lower() in self._words("yes").split()

    def _end(self, lesson: Lesson, number: int) -> None:
        answers = self.progress.answers_of(lesson.id).values()
        right = sum(answer.result == "right" for answer in answers)
        out("")
        self._say(self._words("ended", number=number, right=right, of=len(lesson.questions)))
        left = unanswered(self.progress, lesson)
        if left:
            self._say(self._words("open", count=len(left), number=number))
        self._say(sentence(self.language, "lesson", lesson.id, "end"))
        self._say(self._words("further", pages=", ".join(lesson.reads)))

    def tell_next(self) -> None:
        """What `runner learn` would go on with."""
        following = next_lesson(self.progress)
        if following is not None:
            title = sentence(self.language, "lesson", following.id, "title")
            number = LESSONS.index(following) + 1
            self._say(self._words("next", number=number, title=title))

    def _words(self, key: str, **figures: str | float) -> str:
        return sentence(self.language, "ask", key, **figures)

    def _say(self, text: str) -> None:
        out(folded(text))


def exit_of(table: Table) -> Exit:
    return Exit.INCONCLUSIVE if table.postponed else Exit.OK


def _bar(trials: int) -> AbstractContextManager[Listener]:
    """A bar on a terminal; no line for each trial in a pipe."""
    quiet = sys.stderr is None or not sys.stderr.isatty()
    return Display(trials, lambda _trials, _aside: None, quiet=quiet)
