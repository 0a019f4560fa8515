"""Whatever is drawn and whatever is measured, there is a sentence for it, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest
from rich.cells import cell_len

from runner.cli.fold import WIDEST, folded
from runner.learn import feedback
from runner.learn.ask import Asked, Prediction, spec_text
from runner.learn.course import LESSONS, answer_of
from runner.learn.question import Lesson, Name, Number, Order, Question, Value, Values
from runner.learn.reading import Reading, Result
from runner.learn.text import LANGUAGES, Entries, entries, words
from runner.spec import load

EVERY = [(lesson, question) for lesson in LESSONS for question in lesson.questions]
BRACES = re.compile(r"\{(\w+)\}")


def flat(some: Entries, place: str = "") -> Iterator[tuple[str, str]]:
    for key, said in some.items():
        if isinstance(said, str):
            yield f"{place}{key}", said
        else:
            yield from flat(said, f"{place}{key}.")


def test_both_languages_say_the_same_things() -> None:
    english, chinese = (dict(flat(entries(language))) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for key, said in english.items():
        if ".asks" not in key:  # a variant's name may be said once or twice
            assert set(BRACES.findall(said)) == set(BRACES.findall(chinese[key])), key


def test_chinese_is_chinese() -> None:
    for key, said in flat(entries("zh")):
        if not key.startswith(("names.", "ask.yes")):
            assert re.search(r"[一-鿿]", said), key
            assert not re.search(r"[一-鿿][,;:?!]|[,;!] ?[一-鿿]", said), f"{key}: {said}"


def outcomes(question: Question, variant: Values) -> Iterator[Reading]:
    """What may be measured, and what should not be."""
    figures: dict[str, Value] = {"limit": "EMFILE", "served": 7, "case": "x"}
    if isinstance(question.form, Number):
        zero = () if question.form.unit == "×" else (0.0,)  # a ratio is above 0
        each = float(variant.get("clients", 1)) + 1
        for value in (*zero, each, 0.5, 1.0, 3.0, 47.0, 905.0, 1019.0, 250_000.0):
            for limit in ("EMFILE", "FD_SETSIZE", "none"):
                yield Reading(Result.WRONG, value, figures={**figures, "limit": limit})
            yield Reading(Result.RIGHT, value, value * 0.9, value * 1.1, figures=figures)
            yield Reading(Result.OPEN, value, value * 0.9, value * 1.1, figures=figures)
    elif isinstance(question.form, Name):
        for name in (*question.form.names, "signal"):
            yield Reading(Result.WRONG, name, figures=figures)
    else:
        labs = str(variant["labs"]).split()
        order = {lab: place + 0.5 for place, lab in enumerate(labs)}
        ends: dict[str, Value] = {"least": labs[0], "most": labs[-1], "least_value": 0.5}
        more: dict[str, Value] = {**ends, "most_value": 2.5, "swapped": 1}
        yield Reading(Result.WRONG, " ".join(labs), order=order, figures=more)


def predicted(question: Question, variant: Values) -> Prediction:
    match question.form:
        case Number():
            return 12.0
        case Name(names):
            return names[0]
        case Order():
            return tuple(reversed(str(variant["labs"]).split()))


@pytest.mark.parametrize(("lesson", "question"), EVERY, ids=lambda each: each.id)
def test_every_outcome_has_its_sentences(lesson: Lesson, question: Question) -> None:
    known = entries("en")
    cases = known["question"][question.id]["case"]  # type: ignore[index]
    said: set[str] = set()
    for seed in range(60):
        draw = Random(seed)
        names = [each.id for each in lesson.questions]
        before = {"case": draw.choice(["EMFILE", "alike", "few", "served", "x"])}
        before["lab"] = draw.choice(["thread", "io_uring"])
        variant = question.vary(draw, dict.fromkeys(names, before) if seed % 2 else {})
        asked = Asked(question, variant, predicted(question, variant))
        for reading in outcomes(question, variant):
            answer = answer_of(lesson, asked, reading, 1, "runs/x")
            for language in LANGUAGES:
                feedback.asks(question, dict(variant), language)
                assert feedback.off(question, answer, language)
                assert feedback.drawing(question, answer, language)
                why = feedback.why(question, answer, language)
                if reading.value != "signal":
                    assert why, answer.case
                assert "{" not in why
            said.update(answer.case.split("+"))
    assert said >= set(cases), "a sentence that no outcome can reach"


@pytest.mark.parametrize(("lesson", "question"), EVERY, ids=lambda each: each.id)
def test_every_variant_is_a_valid_spec(
    lesson: Lesson, question: Question, tmp_path_factory: pytest.TempPathFactory
) -> None:
    del lesson
    path = tmp_path_factory.mktemp("specs") / f"{question.id}.yaml"
    for seed in range(4):
        variant = question.vary(Random(seed), {})
        asked = Asked(question, variant, predicted(question, variant))
        path.write_text(spec_text(asked, seed), encoding="utf-8")
        (experiment,) = load(path).experiments
        assert len(experiment.expect) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_paragraphs_are_folded_without_a_loss(language: str) -> None:
    for _, said in flat(entries(language)):
        flatly = " ".join(said.split())
        lines = folded(flatly).split("\n")
        assert "".join("".join(lines).split()) == "".join(flatly.split())
        assert all(
            cell_len(line) <= WIDEST + 2 and line[:1] not in "，。；：？！、）”" for line in lines
        )


def test_names_of_lists_have_words() -> None:
    for _, question in EVERY:
        if isinstance(question.form, Name):
            for language in LANGUAGES:
                assert set(question.form.names) <= {*words(language, "names"), "EMFILE",
                                                    "FD_SETSIZE"}  # fmt: skip
