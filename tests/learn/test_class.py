"""A class: the predictions that were wrong most often. And a lesson as a page."""

from __future__ import annotations

import csv
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from runner.learn.course import LESSONS, variant_of
from runner.learn.page import html_page, page
from runner.learn.progress import Answer, Progress, to_text
from runner.learn.question import Lesson, Number
from runner.learn.text import sentence
from tests.cli.inside import told
from tests.page.markup import faults

HOSTILE = '<script>alert("x")</script>'

MEASURED: dict[str, dict[str, object]] = {
    "signal-means": {"measured": "readiness", "case": "readiness"},
    "signal-copies": {"measured": "application"},
    "poll-bytes": {"measured": 1030.0},
}


def answer(question: str, predicted: str | float, result: str, **more: object) -> Answer:
    lesson = next(each.id for each in LESSONS for q in each.questions if q.id == question)
    measured = MEASURED[question]
    variant: dict[str, object] = {"lab": "sigio", "idle": 12}
    known = {"lesson": lesson, "question": question, "round": 1, "variant": variant}
    return Answer(**{**known, "predicted": predicted, "result": result, **measured, **more})  # type: ignore[arg-type]


def class_of(folder: Path) -> Path:
    """Three learners: all are wrong about the signal, one about what copies."""
    means = ["completion", "completion", "nothing"]
    for number, wrong in enumerate(means):
        copies = ("kernel", "wrong") if number == 0 else ("application", "right")
        answers = (
            answer("signal-means", wrong, "wrong"),
            answer("signal-copies", *copies),
            answer("signal-means", "readiness", "right", round=2),
            answer("poll-bytes", 8.0, "open"),
        )
        text = to_text(Progress(number, answers=answers))
        (folder / f"learner{number}.json").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_most_often_wrong_stands_first(tmp_path: Path, language: str) -> None:
    done = told("learn", "--class", str(class_of(tmp_path)), "--language", language)
    assert done.code == 0, done.all
    titles = [
        sentence(language, "question", name, "title") for name in ("signal-means", "signal-copies")
    ]
    rows = [line for line in done.out.splitlines() if any(title in line for title in titles)]
    assert [title in row for title, row in zip(titles, rows, strict=True)] == [True, True]
    assert "100%" in rows[0]
    assert sentence(language, "names", "completion") in rows[0]
    assert "33%" in rows[1]


def test_a_class_as_csv(tmp_path: Path) -> None:
    out = tmp_path / "wrong.csv"
    assert told("learn", "--class", str(class_of(tmp_path)), "--export", str(out)).code == 0
    first, second = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (first["question"], first["learners"], first["wrong"]) == ("signal-means", "3", "3")
    assert (second["question"], second["share"]) == ("signal-copies", "0.333")


def test_files_that_are_no_progress_are_named_and_left_out(tmp_path: Path) -> None:
    folder = class_of(tmp_path)
    (folder / "grade.json").write_text('{"points": 3}', encoding="utf-8")
    (folder / "huge.json").write_bytes(b"[" * 2_000_000)
    (folder / "deep.json").write_text("[" * 5000, encoding="utf-8")
    (folder / "link.json").symlink_to(folder / "learner0.json")
    done = told("learn", "--class", str(folder))
    assert done.code == 0
    assert "3 learners" in done.out
    for name in ("grade.json", "huge.json", "deep.json", "link.json"):
        assert sum(name in line for line in done.err.splitlines()) == 1, name


def test_an_empty_class_is_one_error(tmp_path: Path) -> None:
    done = told("learn", "--class", str(tmp_path))
    assert (done.code, "progress.json" in done.err) == (2, True)


def test_a_page_holds_what_was_answered_and_leaves_the_rest_open(tmp_path: Path) -> None:
    kept = tmp_path / "progress.json"
    progress = Progress(5, answers=(answer("signal-means", "completion", "wrong"),))
    kept.write_text(to_text(progress), encoding="utf-8")
    for name, title in (("page.md", "# Lesson 3"), ("page.html", "<h1>Lesson 3")):
        file = tmp_path / name
        done = told("learn", "3", "--export", str(file), "--progress", str(kept))
        assert done.code == 0, done.all
        text = file.read_text(encoding="utf-8")
        assert title in text
        assert name == "page.md" or faults(text) == []
        assert "You predicted completion; measured: readiness" in text
        case = sentence("en", "question", "signal-means", "case", "readiness")
        assert case in unescape(text)
        assert text.count("(not answered yet)") == 2
    assert kept.read_text(encoding="utf-8") == to_text(progress), "nothing was measured"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda each: str(each.id))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_hostile_progress_is_text_on_a_page(lesson: Lesson, language: str) -> None:
    for value in (HOSTILE, 1e300, -1.0, 0):
        text = html_page(page(Progress(5, answers=hostile(lesson, value)), lesson, language))
        assert faults(text) == []
        assert HOSTILE not in text


def hostile(lesson: Lesson, value: str | float) -> tuple[Answer, ...]:
    """Where the question takes a number, a text would be no progress of this course."""
    made = []
    for each in lesson.questions:
        known = value if isinstance(each.form, Number) == isinstance(value, int | float) else 1.0
        known = known if isinstance(each.form, Number) else HOSTILE
        variant = {**variant_of(Progress(5), lesson, each), "lab": HOSTILE}
        made.append(
            Answer(
                lesson=lesson.id,
                question=each.id,
                round=1,
                variant=dict(variant),
                predicted=known,
                measured=known,
                result="wrong",
                order={HOSTILE: 1e300, "poll": -1.0},
                judged=HOSTILE,
                run=HOSTILE,
            )
        )
    return tuple(made)


def test_what_is_no_answer_to_its_question_is_one_error(tmp_path: Path) -> None:
    kept, lesson = tmp_path / "progress.json", LESSONS[0]
    sound = hostile(lesson, 1.0)
    texts = tuple(replace(each, predicted=HOSTILE, measured=HOSTILE) for each in sound)
    for answers in (texts, tuple(replace(each, variant={}) for each in sound)):
        kept.write_text(to_text(Progress(5, answers=answers)), encoding="utf-8")
        done = told("learn", "1", "--export", str(tmp_path / "a.html"), "--progress", str(kept))
        assert (done.code, "is no progress of this course" in done.err) == (2, True), done.all


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("3", "--export", "x.pdf"), ".md or .html"),
        (("--export", "x.md"), "number of a lesson"),
        (("9",), "1<=x<=8"),
        (("1", "--answers", "nowhere.txt"), "nowhere.txt"),
    ],
)
def test_usage_errors_say_what_to_type(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = told("learn", *words, "--progress", str(tmp_path / "p.json"))
    assert (done.code, said in done.err) == (2, True), done.all
    assert "Traceback" not in done.err
