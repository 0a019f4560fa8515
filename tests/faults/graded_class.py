"""A class of two whose checks ask for facts alone: each submission has all points, however busy the
machine is. It can be disturbed while it is graded."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from runner.grade.record import Grade
from runner.grade.workspace import GradeFolder
from runner.paths import LABS
from runner.records.outcome import Outcome, Status
from tests.faults.runs import Ended, Run

NAMES = ("anna", "ben")
LIMITS = (64, 128, 192)
SERVER = LABS / "homework" / "epoll-echo" / "reference" / "server.c"
ASSIGNMENT = f"""\
version: 1
assignment:
  title: {{en: An echo server that can be disturbed}}
  model: epoll
  languages: [c]
  expected: 5s
defaults:
  repeat: 1
  max_repeat: 1
  disturbance: 100%
  budget: 10s  # a tenth of it may go by in waiting for a quieter machine
  timeout: 30s
  warmup: 20ms
  duration: 100ms
experiments:
  - id: limits
    title: The descriptor limit
    measure: ceiling
    server: {{lab: submission}}
    limits: {{nofile: {list(LIMITS)}, deny: []}}
    expect: [{{metric: limit, of: {{}}, equals: EMFILE, points: 60}}]
  - id: load
    title: No reply is lost
    server: {{lab: submission}}
    fleet: {{active: 4}}
    limits: {{nofile: 256, deny: []}}
    needs: [limits]
    expect: [{{metric: errors, of: {{}}, at_most: 0, points: 40}}]
"""
TRIALS = len(LIMITS) + 1
SETTLED = (Status.OK, Status.FAIL)


def lay(home: Path) -> Path:
    """The assignment and the class; returns the folder of its grades."""
    (home / "small" / "reference").mkdir(parents=True)
    (home / "small" / "grade.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    shutil.copy(SERVER, home / "small" / "reference")
    for name in NAMES:
        (home / "class" / name).mkdir(parents=True)
        text = SERVER.read_text(encoding="utf-8")
        (home / "class" / name / "server.c").write_text(f"{text}// {name}\n", encoding="utf-8")
    return home / "grades" / "small"


def grading(home: Path, engine: str, jobs: int = 2) -> Run:
    words = ("--submissions", "class", "-j", str(jobs), "--engine", engine)
    return Run(home, "small", *words, command="grade")


def grades(folder: Path) -> dict[str, Grade | None]:
    return {name: GradeFolder(folder / name).grade() for name in NAMES}


def records(folder: Path) -> dict[str, Sequence[Outcome]]:
    """What was measured of each submission, in order."""
    return {name: list(GradeFolder(folder / name).run.measurements()) for name in NAMES}


def assert_whole(ended: Ended, folder: Path) -> None:
    """No point is lost, and nothing that has a result was measured twice."""
    assert "Traceback" not in ended.err, ended.err
    assert ended.code == 0, ended.out + ended.err
    for name, grade in grades(folder).items():
        assert grade is not None
        assert (grade.complete, grade.gradable, grade.earned) == (True, True, 100), grade
        assert GradeFolder(folder / name).verification().unfit() == ""
    for measured in records(folder).values():
        assert len({each.trial for each in measured}) == TRIALS
        times = Counter(each.trial for each in measured if each.status in SETTLED)
        assert not times or max(times.values()) == 1, times
