"""The lessons in the order of the seed text (docs/seed.md), the draw of a variant, and what an
answered question was about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from runner.learn.ask import Asked, Prediction
from runner.learn.lessons import (
    aplay,
    asynchronous,
    blocking,
    coroutines,
    epoll,
    multiplexing,
    nonblocking,
    signal,
)
from runner.learn.progress import Answer, Progress
from runner.learn.question import Lesson, Order, Question, Value, Values
from runner.learn.reading import Reading

LESSONS: tuple[Lesson, ...] = (
    blocking.LESSON,
    nonblocking.LESSON,
    signal.LESSON,
    multiplexing.LESSON,
    epoll.LESSON,
    asynchronous.LESSON,
    coroutines.LESSON,
    aplay.LESSON,
)
QUESTIONS: Mapping[str, Question] = {
    question.id: question for lesson in LESSONS for question in lesson.questions
}


def unanswered(progress: Progress, lesson: Lesson) -> list[Question]:
    """Those of the lesson that have no answer in this round."""
    done = progress.answers_of(lesson.id)
    return [question for question in lesson.questions if question.id not in done]


def next_lesson(progress: Progress) -> Lesson | None:
    """The first one with a question that has no answer; None at the end of the course."""
    return next((lesson for lesson in LESSONS if unanswered(progress, lesson)), None)


def variant_of(progress: Progress, lesson: Lesson, question: Question) -> Values:
    """Drawn from the learner's own seed, and from what the lesson has measured so far."""
    draw = Random(seed_of(progress, lesson, question))  # noqa: S311 - no secret
    earlier = {
        name: about(answer)
        for name, answer in progress.answers_of(lesson.id).items()
        if answer.measured is not None
    }
    return question.vary(draw, earlier)


def seed_of(progress: Progress, lesson: Lesson, question: Question) -> str:
    return f"{progress.seed} {progress.round_of(lesson.id)} {question.id}"


def about(answer: Answer) -> Values:
    """All that a sentence, or a later question, may say of an answer."""
    return {**answer.variant, **answer.figures, "case": answer.case}


def answer_of(lesson: Lesson, asked: Asked, reading: Reading, round_: int, run: str) -> Answer:
    """What is kept of it. The sentences are made anew from it, in any language."""
    question, measured = asked.question, reading.measured
    told = None if measured is None else question.tells(asked.variant, measured)
    figures: dict[str, Value] = dict(told.figures) if told else {}
    if isinstance(question.form, Order) and measured is not None:
        figures["swapped"] = measured.figures["swapped"]
    predicted = asked.prediction
    return Answer(
        lesson=lesson.id,
        question=question.id,
        round=round_,
        variant=dict(asked.variant),
        predicted=_kept(predicted),
        result=reading.result.value,
        measured=reading.value,
        low=reading.low,
        high=reading.high,
        order=dict(reading.order),
        case=told.case if told else "",
        figures=figures,
        why=reading.why,
        judged=reading.judged,
        run=run,
    )


def _kept(predicted: Prediction) -> Value:
    return " ".join(predicted) if isinstance(predicted, tuple) else predicted
