"""A prediction beside its measurement, as a figure for a page: a name needs none. Pure."""

from __future__ import annotations

from runner.figures.dots import Dots, Row, Rows
from runner.figures.scale import Axis
from runner.learn.feedback import with_unit
from runner.learn.progress import Answer
from runner.learn.question import Number, Order, Question
from runner.learn.text import sentence, show

WIDE = 30
"""Times the smaller value: from there an axis of powers shows both."""


def figure_of(question: Question, answer: Answer, language: str) -> Dots | None:
    title = sentence(language, "question", question.id, "title")
    if answer.measured is None:
        return None
    if isinstance(question.form, Number):
        rows = _numbers(question, answer, language)
        unit = question.form.unit
    elif isinstance(question.form, Order):
        rows = [Row(lab, v, show(v, language), f"{lab}: {v:g}") for lab, v in answer.order.items()]
        unit = ""
    else:
        return None
    said = (sentence(language, "ask", key) for key in ("predicted", "measured"))
    head = title if isinstance(question.form, Order) else " · ".join(said)
    return Dots(head, _axis(rows, unit or title), (Rows("", tuple(rows)),))


def _numbers(question: Question, answer: Answer, language: str) -> list[Row]:
    """The interval, if there is one, is that of the measurement."""
    rows = []
    for shape, (key, value) in enumerate(
        (("predicted", answer.predicted), ("measured", answer.measured or 0.0))
    ):
        name, shown = sentence(language, "ask", key), with_unit(value, question, language)
        low, high = (answer.low, answer.high) if key == "measured" else (None, None)
        says = f"{name}: {shown}"
        rows.append(Row(name, float(value), shown, says, low, high, shape=shape))
    return rows


def _axis(rows: list[Row], title: str) -> Axis:
    values = [row.value for row in rows if row.value is not None]
    wide = min(values, default=0.0) > 0 and max(values) / min(values) > WIDE
    return Axis(title, "", "log" if wide else "linear", zero=not wide)
