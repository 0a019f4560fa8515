"""A class: many runners, of which some crash or hang, and none of which costs another anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runner.grade.course import ALL, UNTIMED, WHOLE_FIRST, Course, Entry, RunnerExit, entries
from runner.grade.record import CheckGrade, Grade, State, Submission, as_text

RUNNER = """
import os, pathlib, signal, sys, time
name, phase, home, doings, together = sys.argv[1:]
home = pathlib.Path(home)
journal = home / "journal"
def note(word):
    with journal.open("a") as file:
        file.write(f"{word} {phase} {name}\\n")
def end(number, frame):
    note("interrupted")
    sys.exit(130)
signal.signal(signal.SIGTERM, end)
note("begin")
if doings == "crash":
    print("a mishap", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
while doings == "hang":
    signal.pause()
while phase == "untimed" and journal.read_text().count("begin untimed") < int(together):
    time.sleep(0.001)
folder = home / name
folder.mkdir(exist_ok=True)
kept = home / ("part" if phase == "untimed" else "whole")
if doings == "disturbed" and journal.read_text().count(f"begin all {name}\\n") == 1:
    kept = home / "disturbed"
(folder / "grade.json").write_text(kept.read_text())
note("end")
sys.exit(1)
"""


def grade(*states: State) -> Grade:
    checks = tuple(
        CheckGrade(str(number), "t", state, 10, 10 if state is State.PASS else 0)
        for number, state in enumerate(states)
    )
    about = Submission("s", "0" * 64, 1, 1)
    complete = State.WAITING not in states
    return Grade(1, "a", "t", about, "2026", 1.0, "process", (), complete, True, 20, 10, 0, checks)


class Class:
    def __init__(self, home: Path, doings: dict[str, str], together: int = 1) -> None:
        self.home, self.doings, self.together = home, doings, together
        self.told: list[tuple[str, str, int, int]] = []
        (home / "part").write_text(as_text(grade(State.PASS, State.WAITING)))
        (home / "whole").write_text(as_text(grade(State.PASS, State.FAIL)))
        disturbed = replace(grade(State.PASS, State.UNGRADABLE), gradable=False)
        (home / "disturbed").write_text(as_text(disturbed))
        every = [Entry(name, home / name) for name in doings]
        self.course = Course(home, every, self.command, 60.0, await_engine=self.awaits)

    def command(self, entry: Entry, phase: str) -> Sequence[str]:
        words = (entry.name, phase, str(self.home), self.doings[entry.name], str(self.together))
        return [sys.executable, "-S", "-E", "-c", RUNNER, *words]

    def awaits(self) -> None:
        with (self.home / "journal").open("a") as file:
            file.write("await the engine\n")

    def progress(self, phase: str, ended: RunnerExit, left: int) -> None:
        self.told.append((phase, ended.entry.name, ended.code, left))

    def run(self, jobs: int = 2) -> None:
        self.course.run(jobs, self.progress)

    def journal(self) -> list[list[str]]:
        return [line.split() for line in (self.home / "journal").read_text().splitlines()]


def test_untimed_checks_run_beside_each_other_and_the_others_alone(tmp_path: Path) -> None:
    """The first three runners end only when all three have begun."""
    whole = Class(tmp_path, dict.fromkeys("abc", "well"), together=3)
    whole.run(jobs=3)
    journal = whole.journal()
    assert [phase for _, phase, _ in journal] == [UNTIMED] * 6 + [ALL] * 6
    assert [word for word, _, _ in journal[6:]] == ["begin", "end"] * 3
    assert [left for *_, left in whole.told] == [2, 1, 0, 2, 1, 0]
    found = whole.course.grade_of(whole.course.entries[0])
    assert found == grade(State.PASS, State.FAIL)


def test_in_a_large_class_one_submission_shows_first_how_long_one_takes(tmp_path: Path) -> None:
    names = [f"s{number:02}" for number in range(WHOLE_FIRST)]
    whole = Class(tmp_path, dict.fromkeys(names, "well"))
    first: list[tuple[str, str]] = []
    whole.course.run(2, whole.progress, lambda phase, end, _: first.append((phase, end.entry.name)))
    begun = [line[1:] for line in whole.journal() if line[0] == "begin"]
    assert begun[:2] == [[UNTIMED, "s00"], [ALL, "s00"]]
    assert [phase for phase, _ in begun[2:]] == [UNTIMED] * 9 + [ALL] * 9
    assert first == [(ALL, "s00")]
    assert [left for *_, left in whole.told] == [*range(9, -1, -1), *range(8, -1, -1)]


def test_a_runner_that_crashes_is_tried_again_and_costs_the_others_nothing(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "well", "b": "crash", "c": "well"})
    whole.run()
    tried = [line for line in whole.journal() if line[2] == "b"]
    assert tried == [["begin", UNTIMED, "b"]] * 2 + [["begin", ALL, "b"]] * 2
    ended = whole.course.ended["b"]
    assert (ended.code, ended.last_line, ended.failed) == (-9, "a mishap", True)
    assert whole.course.grade_of(whole.course.entries[1]) is None
    for entry in (whole.course.entries[0], whole.course.entries[2]):
        assert whole.course.grade_of(entry) == grade(State.PASS, State.FAIL)


def test_before_anything_is_tried_again_the_engine_is_waited_for(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "crash", "b": "disturbed"})
    whole.run(jobs=1)
    words = [" ".join(words) for words in whole.journal()]
    crashes = [at for at, word in enumerate(words) if word == "begin untimed a"]
    assert words[crashes[1] - 1] == "await the engine", words
    disturbed = [at for at, word in enumerate(words) if word == "begin all b"]
    assert words[disturbed[1] - 1] == "await the engine", words


def test_what_could_not_be_graded_is_tried_once_again_at_the_end(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "disturbed", "b": "well"})
    whole.run()
    begun = [name for word, phase, name in whole.journal() if (word, phase) == ("begin", ALL)]
    assert begun == ["a", "b", "a"]
    assert whole.course.grade_of(whole.course.entries[0]) == grade(State.PASS, State.FAIL)


def test_a_submission_that_was_refused_is_not_tried_again(tmp_path: Path) -> None:
    """It would be refused again, and cost the time of a runner."""
    whole = Class(tmp_path, {"a": "well", "b": "well"})
    refused = replace(grade(State.UNGRADABLE, State.UNGRADABLE), gradable=False)
    refused = replace(refused, submission=Submission("s", "", 0, 0))
    for name in ("part", "whole"):
        (tmp_path / name).write_text(as_text(refused))
    whole.run()
    assert [phase for word, phase, _ in whole.journal() if word == "begin"] == [UNTIMED] * 2


def test_a_runner_that_hangs_costs_its_time_limit_once(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "well", "b": "hang"})
    whole.course.limit = 0.5
    whole.run()
    ended = whole.course.ended["b"]
    assert (ended.failed, ended.late) == (True, True)
    assert ended.last_line.startswith("it took longer than 0 s")
    begun = [line for line in whole.journal() if line[0] == "begin" and line[2] == "b"]
    assert len(begun) <= 1, "and not begun again"
    assert whole.course.ended["a"].code == 1


def test_what_is_complete_is_not_graded_twice(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "well"})
    (tmp_path / "part").write_text(as_text(grade(State.FAIL, State.NEEDS)))
    whole.run()
    assert [line[1] for line in whole.journal()] == [UNTIMED] * 2, "no timed check is left"


def test_an_interrupt_reaches_every_runner(tmp_path: Path) -> None:
    whole = Class(tmp_path, {"a": "well", "b": "hang", "c": "hang", "d": "well"})

    def interrupt(_phase: str, _ended: RunnerExit, _left: int) -> None:
        while not {"b", "c"} <= {name for word, _, name in whole.journal() if word == "begin"}:
            pass  # until both that hang have begun
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole.course.run(3, interrupt)
    journal = whole.journal()
    begun = sorted(name for word, _, name in journal if word == "begin")
    over = sorted(name for word, _, name in journal if word in ("end", "interrupted"))
    assert begun == over, "each that had begun came to its end"
    assert ["interrupted", UNTIMED, "b"] in journal


def test_every_folder_and_archive_is_a_submission(tmp_path: Path) -> None:
    for name in ("alice", "bob", ".git"):
        (tmp_path / name).mkdir()
    for name in ("bob.zip", "carol.tar.gz", "roster.csv", "Dave.ZIP"):
        (tmp_path / name).write_text("")
    found, ignored = entries(tmp_path)
    assert [(each.name, each.path.name) for each in found] == [
        ("Dave", "Dave.ZIP"), ("alice", "alice"), ("bob", "bob"), ("bob.zip", "bob.zip"),
        ("carol", "carol.tar.gz"),
    ]  # fmt: skip
    assert ignored == ["roster.csv"]
