"""What a learner is told after a measurement: how far off, a drawing, and why. Pure.

Everything is made from the answer that is kept, so a page can be made later, in either language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from runner.learn.progress import Answer
from runner.learn.question import Name, Number, Order, Question, Value
from runner.learn.text import has, sentence, show, words

BAR = 40
"""Columns of the longest bar."""
TIMES = 1.5
"""From this ratio on the error is said as a factor."""


def with_unit(value: Value, question: Question, language: str) -> str:
    form, said = question.form, show(value, language)
    if isinstance(form, Order):
        return " < ".join(str(value).split())
    unit = form.unit if isinstance(form, Number) else ""
    return f"×{said}" if unit == "×" else f"{said} {unit}".rstrip()


def asks(question: Question, variant: dict[str, Value], language: str) -> str:
    key = f"asks_{variant['as']}" if "as" in variant else "asks"
    return sentence(language, "question", question.id, key, **variant)


def options(question: Question, variant: dict[str, Value], language: str) -> list[str]:
    """The names, or the labs to be ordered; none for a number."""
    form = question.form
    if isinstance(form, Order):
        return str(variant["labs"]).split()
    return [show(name, language) for name in form.names] if isinstance(form, Name) else []


def off(question: Question, answer: Answer, language: str) -> str:
    """How far the prediction was off, in a sentence."""
    measured = answer.measured
    if measured is None:
        return ""
    figures: dict[str, Value] = {
        "predicted": with_unit(answer.predicted, question, language),
        "measured": with_unit(measured, question, language),
        "low": answer.low or 0.0,
        "high": answer.high or 0.0,
        "swapped": answer.figures.get("swapped", 0),
    }
    key = _key(question, answer)
    if key in ("times_high", "times_low", "high", "low"):
        predicted, value = float(answer.predicted), float(measured)
        away = abs(predicted - value)
        figures["off"] = with_unit(away, question, language).removeprefix("×")
        if key.startswith("times"):
            figures["times"] = max(predicted / value, value / predicted)
    return sentence(language, "off", key, **figures)


def _key(question: Question, answer: Answer) -> str:
    right = answer.result == "right"
    if answer.result == "open":
        return "open"
    if isinstance(question.form, Order):
        return "order_right" if right else "order"
    if isinstance(question.form, Name):
        return "exact" if right else "name"
    if right:
        if answer.low is not None:
            return "interval"
        return "exact" if answer.predicted == answer.measured else "close"
    predicted, measured = float(answer.predicted), float(answer.measured or 0)
    way = "high" if predicted > measured else "low"
    few, many = sorted((predicted, measured))
    return f"times_{way}" if few > 0 and many / few >= TIMES else way


def why(question: Question, answer: Answer, language: str) -> str:
    """The explanation of this outcome; empty where there is none to give."""
    place = ("question", question.id, "case")
    cases = [case for case in answer.case.split("+") if case and has(language, *place, case)]
    figures: dict[str, Value] = {**answer.variant, **answer.figures}
    figures["measured"] = "" if answer.measured is None else answer.measured
    figures["predicted"] = answer.predicted
    between = "" if language == "zh" else " "
    return between.join(sentence(language, *place, case, **figures) for case in cases)


def drawing(question: Question, answer: Answer, language: str) -> list[str]:
    """For a terminal of at least 70 columns, or a block of code."""
    if answer.measured is None:
        return []
    said = words(language, "ask")
    if isinstance(question.form, Number):
        rows = [
            (said["predicted"], float(answer.predicted), None, None),
            (said["measured"], float(answer.measured), answer.low, answer.high),
        ]
        most = max(answer.high or 0.0, *(row[1] for row in rows))
        ends = [with_unit(row[1], question, language) for row in rows]
        return list(_bars(rows, ends, most))
    if isinstance(question.form, Order):
        bars = [(lab, number, None, None) for lab, number in answer.order.items()]
        ends = [show(number, language) for number in answer.order.values()]
        return list(_bars(bars, ends, max(answer.order.values(), default=0.0)))
    return list(_names(question.form, answer, said, language))


_Row = tuple[str, float, float | None, float | None]


def _bars(rows: Sequence[_Row], ends: Sequence[str], most: float) -> Iterator[str]:
    """Full up to the value; of an interval full up to its lower end, then shaded to the upper."""
    wide = max(cell_len(name) for name, *_ in rows)
    for (name, value, low, high), end in zip(rows, ends, strict=True):
        full = _columns(value if low is None else low, most)
        shaded = 0 if high is None else _columns(high, most) - full
        bar = "█" * full + "▒" * shaded or "▏"
        yield f"  {_padded(name, wide)}  {bar} {end}"


def _columns(value: float, most: float) -> int:
    return round(BAR * value / most) if most > 0 else 0


def _names(form: Name, answer: Answer, said: dict[str, str], language: str) -> Iterator[str]:
    names = list(dict.fromkeys([*form.names, str(answer.measured)]))
    wide = max(cell_len(show(name, language)) for name in names)
    for name in names:
        marks = [
            said[key]
            for key, value in (("predicted", answer.predicted), ("measured", answer.measured))
            if value == name
        ]
        sign = "●" if name == answer.measured else "○"
        arrow = f"  ◀ {', '.join(marks)}" if marks else ""
        yield f"  {sign} {_padded(show(name, language), wide)}{arrow}".rstrip()


def _padded(text: str, wide: int) -> str:
    return text + " " * (wide - cell_len(text))
