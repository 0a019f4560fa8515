"""A lesson as a page: what was asked, predicted, measured and explained. Pure.

Without answers it is a sheet to be filled in before the lab is run.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.learn import feedback
from runner.learn.course import LESSONS, variant_of
from runner.learn.progress import Answer, Progress
from runner.learn.question import Lesson, Question
from runner.learn.text import sentence


@dataclass(frozen=True, slots=True)
class Part:
    """One question: `drawing` is set in columns, `judged` and `run` say what it rests on."""

    title: str
    asks: str
    options: tuple[str, ...]
    said: str = ""
    drawing: tuple[str, ...] = ()
    why: str = ""
    judged: str = ""
    run: str = ""


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
    return Part(
        title,
        asks,
        options,
        feedback.off(question, answer, language),
        tuple(feedback.drawing(question, answer, language)),
        feedback.why(question, answer, language),
        sentence(language, "ask", "judge", judged=answer.judged),
        sentence(language, "ask", "evidence", run=answer.run),
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


@cache
def style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def html_page(shown: Page) -> str:
    """Self-contained: no script, no request."""
    language = "zh-CN" if shown.language == "zh" else "en"
    title = html.escape(shown.title)
    head = (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n<main>\n"
    )
    return head + "\n".join(_html(shown)) + "\n</main>\n</body>\n</html>\n"


def _html(shown: Page) -> Iterator[str]:
    yield f"<h1>{html.escape(shown.title)}</h1>"
    yield f"<p>{html.escape(shown.intro)}</p>"
    for number, part in enumerate(shown.parts, 1):
        yield f"<h2>{number}. {html.escape(part.title)}</h2>"
        yield f"<p>{html.escape(part.asks)}</p>"
        if part.options:
            names = "".join(f"<li>{html.escape(name)}</li>" for name in part.options)
            yield f"<ol>{names}</ol>"
        yield f"<p><strong>{html.escape(part.said)}</strong></p>"
        if part.drawing:
            yield f'<pre tabindex="0">{html.escape(chr(10).join(part.drawing))}</pre>'
        if part.why:
            yield f"<p>{html.escape(part.why)}</p>"
        for text in (part.judged, part.run):
            if text:
                yield f"<p><small>{html.escape(text)}</small></p>"
    for text in (shown.end, shown.further, shown.repeat):
        if text:
            yield f"<p>{html.escape(text)}</p>"


FORMATS: Mapping[str, Callable[[Page], str]] = {".md": markdown, ".html": html_page}
