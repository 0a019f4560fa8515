"""A lesson as a page: what was asked, predicted, measured and explained. Pure.

Without answers it is a sheet to be filled in before the lab is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from runner.figures import dots
from runner.figures.paper import inline
from runner.learn import feedback
from runner.learn.course import LESSONS, variant_of
from runner.learn.figure import figure_of
from runner.learn.progress import Answer, Progress
from runner.learn.question import Lesson, Question
from runner.learn.text import sentence
from runner.report.page.engine import render


@dataclass(frozen=True, slots=True)
class Part:
    """One question: `result` is a word of runner/learn/reading.py; `drawing` is set in columns, and
    `figure` is the same for a page; `judged` and `run` say what it rests on."""

    title: str
    asks: str
    options: tuple[str, ...]
    said: str = ""
    result: str = ""
    drawing: tuple[str, ...] = ()
    why: str = ""
    judged: str = ""
    run: str = ""
    figure: Markup | None = None

    @property
    def block(self) -> Markup:
        """The drawing with its columns, for a page."""
        return Markup.escape("\n".join(self.drawing))


@dataclass(frozen=True, slots=True)
class Page:
    language: str
    title: str
    intro: str
    parts: tuple[Part, ...]
    end: str
    further: str
    repeat: str


def page(progress: Progress, lesson: Lesson, language: str) -> Page:
    answers = progress.answers_of(lesson.id)
    number = LESSONS.index(lesson) + 1
    title = sentence(language, "lesson", lesson.id, "title")
    parts = tuple(
        _part(progress, lesson, question, answers.get(question.id), language)
        for question in lesson.questions
    )
    return Page(
        language=language,
        title=sentence(language, "ask", "lesson", number=number, of=len(LESSONS), title=title),
        intro=sentence(language, "lesson", lesson.id, "intro"),
        parts=parts,
        end=sentence(language, "lesson", lesson.id, "end"),
        further=sentence(language, "ask", "further", pages=", ".join(lesson.reads)),
        repeat=sentence(language, "ask", "repeat") if answers else "",
    )


def _part(
    progress: Progress, lesson: Lesson, question: Question, answer: Answer | None, language: str
) -> Part:
    variant = dict(answer.variant if answer else variant_of(progress, lesson, question))
    title = sentence(language, "question", question.id, "title")
    asks = feedback.asks(question, variant, language)
    options = tuple(feedback.options(question, variant, language))
    if answer is None:
        return Part(title, asks, options, sentence(language, "ask", "blank"))
    if answer.measured is None:
        return Part(title, asks, options, sentence(language, "ask", "lacks", why=answer.why))
    figure = figure_of(question, answer, language)
    return Part(
        title,
        asks,
        options,
        said=feedback.off(question, answer, language),
        result=answer.result,
        drawing=tuple(feedback.drawing(question, answer, language)),
        why=feedback.why(question, answer, language),
        judged=sentence(language, "ask", "judge", judged=answer.judged),
        run=sentence(language, "ask", "evidence", run=answer.run),
        figure=None if figure is None else Markup(inline(dots.draw(figure))),  # noqa: S704 - escaped
    )


def markdown(shown: Page) -> str:
    return "\n\n".join(_markdown(shown)) + "\n"


def _markdown(shown: Page) -> Iterator[str]:
    yield f"# {shown.title}"
    yield shown.intro
    for number, part in enumerate(shown.parts, 1):
        yield f"## {number}. {part.title}"
        yield part.asks
        if part.options:
            yield "\n".join(f"{place}. `{name}`" for place, name in enumerate(part.options, 1))
        yield f"**{part.said}**" if part.drawing else f"*{part.said}*"
        if part.drawing:
            yield "\n".join(["```text", *part.drawing, "```"])
        yield from (text for text in (part.why, part.judged, part.run) if text)
    yield from (text for text in (shown.end, shown.further, shown.repeat) if text)


def html_page(shown: Page) -> str:
    """With the templates and the style of a run's report."""
    return render("lesson.html", "zh-CN" if shown.language == "zh" else "en", page=shown)


FORMATS: Mapping[str, Callable[[Page], str]] = {".md": markdown, ".html": html_page}
