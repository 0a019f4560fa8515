"""`runner learn`, played from the first to the last lesson by script, on scripted measurements."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from runner.learn.course import LESSONS, QUESTIONS
from runner.learn.progress import Answer, Progress, of_text
from runner.learn.text import sentence
from tests.cli.inside import Told, told
from tests.learn.world import World, world

__all__ = ["world"]


def play(folder: Path, lines: list[str], *words: str) -> Told:
    answers = folder / "answers.txt"
    answers.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = str(folder / "progress.json")
    return told("learn", *words, "--progress", kept, "--answers", str(answers))


def flat(done: Told) -> str:
    """What was printed, however it was broken into lines."""
    return " ".join(done.out.split())


def lines_for(*lessons: int) -> list[str]:
    """A prediction for each question: the same words fit a number and the first of some names."""
    every = [question.id for number in lessons for question in LESSONS[number - 1].questions]
    return ["1 2 3" if name == "async-order" else "1" for name in every]


def kept(folder: Path) -> Progress:
    return of_text((folder / "progress.json").read_bytes())


def answers(folder: Path) -> dict[str, Answer]:
    return {answer.question: answer for answer in kept(folder).answers}


def test_the_course_is_played_from_first_to_last_lesson(world: World, tmp_path: Path) -> None:
    done = play(tmp_path, lines_for(*range(1, 9)), "--seed", "5")
    assert done.code == 0, done.all
    places = [done.out.index(sentence("en", "lesson", each.id, "title")) for each in LESSONS]
    assert places == sorted(places), "in the order of the seed text"
    every = answers(tmp_path)
    assert list(every) == list(QUESTIONS)
    assert all(answer.case and answer.run for answer in every.values())
    right = sum(answer.result == "right" for answer in every.values())
    assert 0 < right < len(every)
    assert sentence("en", "ask", "finished", right=right, of=len(every)) in flat(done)
    measured = len(world.ran)
    assert play(tmp_path, []).code == 0
    assert len(world.ran) == measured, "nothing is measured again"


@pytest.mark.usefixtures("world")
def test_a_lesson_in_chinese(tmp_path: Path) -> None:
    done = play(tmp_path, ["辅助线程", "内核", "3、2、1"], "6", "--language", "zh")
    assert done.code == 0, done.all
    assert [answer.result for answer in answers(tmp_path).values()][:2] == ["right", "right"]
    assert "第 6 课（共 8 课）" in done.out
    said = sentence("zh", "question", "aio-copies", "case", "helper", synchrony="asynchronous")
    assert said in done.out.replace("\n", "")


@pytest.mark.usefixtures("world")
def test_a_prediction_is_held_against_what_was_measured(tmp_path: Path) -> None:
    """The next question is asked from the outcome, too: the limit moves to the other side."""
    done = play(tmp_path, ["1", "FD_SETSIZE", "640"], "4", "--seed", "1")
    assert done.code == 0, done.all
    every = answers(tmp_path)
    served, stopped = every["select-served"], every["select-stopped"]
    assert served.result == "wrong"
    raised = served.case == "EMFILE"
    assert (stopped.variant["as"] == "raised") is raised
    assert (int(stopped.variant["nofile"]) > 1024) is raised
    assert f"measured: {served.measured:g}." in flat(done).replace(",", "")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "A prediction comes first"),
        ("-3", "less than 0"),
        ("1" + "0" * 30, "more than can be measured"),
        ("1e999", "more than can be measured"),
        ("nan", "is no number"),
        ("many", "is no number"),
        ("12 apples", "type the number alone: 12"),
        ("\x1b[2Jx" * 1000, "is no number"),
    ],
)
def test_what_is_no_prediction_gets_one_sentence_and_is_asked_again(
    tmp_path: Path, typed: str, said: str
) -> None:
    done = play(tmp_path, [typed, "1", "q"], "1")
    assert (done.code, said in flat(done)) == (0, True), done.all
    assert "\x1b" not in done.out
    assert list(answers(tmp_path)) == ["blocking-served"]


def test_an_invalid_measurement_teaches_nothing(world: World, tmp_path: Path) -> None:
    world.invalid.add("aecho-sleeps")
    done = play(tmp_path, lines_for(7), "7", "--seed", "3")
    assert done.code == 4, "something is left to be measured"
    assert flat(done).count("other programs used CPU 0") == 2, "a script gets a second try"
    assert "aecho-sleeps" not in answers(tmp_path)
    case = sentence("en", "question", "aecho-sleeps", "case", "epoll", model="", coroutines=0)
    assert case[:20] not in done.out
    world.invalid.clear()
    assert play(tmp_path, ["epoll"], "7").code == 0
    assert answers(tmp_path)["aecho-sleeps"].result == "right"


def test_what_this_machine_lacks_counts_as_answered(world: World, tmp_path: Path) -> None:
    world.lacking.add("io_uring")
    done = play(tmp_path, ["1", "kernel", "1 2 3"], "6")
    assert (done.code, "no io_uring here" in flat(done)) == (0, True), done.all
    every = answers(tmp_path)
    assert every["ring-copies"].result == "lacks"
    assert "io_uring" not in str(every["async-order"].variant["labs"]), "what follows goes without"


def test_the_explanation_follows_the_measurement(world: World, tmp_path: Path) -> None:
    world.changed = {"threads": 7}
    done = play(tmp_path, lines_for(7), "7")
    assert answers(tmp_path)["aecho-threads"].case == "more"
    assert "7 threads for" in done.out


@pytest.mark.usefixtures("world")
def test_learners_get_different_questions_and_the_same_one_after_a_stop(tmp_path: Path) -> None:
    outputs = {play(_made(tmp_path / str(n)), ["q"], "1").out.partition("Stopped")[0]
               for n in range(12)}  # fmt: skip
    assert len(outputs) > 6
    first = play(tmp_path, ["1", "q"], "1").out
    second = play(tmp_path, ["q"], "1").out
    assert "Question 2 of 3" in second
    asked = second.partition("Question 2")[2].partition("Stopped")[0]
    assert asked in first
    assert "Question 1 of 3" not in second


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("world")
def test_again_draws_other_numbers_and_keeps_what_was_answered(tmp_path: Path) -> None:
    for words in ((), ("--again",), ("--again",)):
        assert play(tmp_path, lines_for(4), "4", *words).code == 0
    rounds = [answer.round for answer in kept(tmp_path).answers]
    assert rounds == [1] * 3 + [2] * 3 + [3] * 3
    variants = {json.dumps(dict(a.variant)) for a in kept(tmp_path).answers}
    assert len(variants) > 5
    assert "is answered" in play(tmp_path, [], "4").out


@pytest.mark.usefixtures("world")
def test_predictions_come_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("?\n1\n"))
    done = told("learn", "1", "--progress", str(tmp_path / "progress.json"))
    assert done.code == 0, done.all
    assert sentence("en", "question", "blocking-served", "hint")[:30] in done.out
    assert "Stopped" in done.out
    assert len(answers(tmp_path)) == 1


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "JSON"), ('{"seed": -1}', "seed"), ('{"seed": 1, "answers": [{}]}', "lesson")],
)
def test_a_file_that_is_no_progress_is_named_and_kept(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "progress.json"
    file.write_text(content, encoding="utf-8")
    done = play(tmp_path, ["1"], "1")
    assert (done.code, said in done.err, "progress.json" in done.err) == (2, True, True), done.err
    assert file.read_text(encoding="utf-8") == content
