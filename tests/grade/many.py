"""`make class`: how long does a class take, where do the seconds go, and was the estimate honest?

    python -m tests.grade.many [SUBMISSIONS [JOBS]]     40 submissions, two at once

Of every ten submissions seven are a reference, each with a text of its own so that it is compiled;
the others are poor ones of tests/grade/poor.py.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from tabulate import tabulate

from runner.grade.record import Grade
from tests.grade.class_run import Graded, graded
from tests.grade.poor import SUBMISSIONS, Submission

COUNT, JOBS = 40, 2
FULL = 7
"""Of ten."""
EARLY = 0.1
"""After this part of the time the estimate is held against the end."""


def main(words: Sequence[str]) -> int:
    count, jobs = ([int(word) for word in words] + [COUNT, JOBS][len(words) :])[:2]
    with tempfile.TemporaryDirectory(prefix="iolab-class-") as name:
        home = Path(name)
        for number, each in enumerate(islice(_class(), count)):
            _written(each, home / "class", number)
        done = graded(
            "select-echo", home / "class", home / "grades", "-j", str(jobs), "--engine", "process",
            say=lambda line: print(line, flush=True),  # noqa: T201
        )  # fmt: skip
    _show(done, count)
    return done.code not in (0, 4)


def _class() -> Iterator[Submission]:
    whole, *poor = SUBMISSIONS
    others = cycle(poor)
    for number in cycle(range(10)):
        yield whole if number < FULL else next(others)


def _written(submission: Submission, folder: Path, number: int) -> None:
    """With a name and a text of its own."""
    path = submission.written(folder)
    path = path.rename(folder / f"{number:03}-{submission.name}")
    for source in path.iterdir():
        sign = "#" if source.suffix == ".py" else "//"
        with source.open("a", encoding="utf-8") as file:
            file.write(f"{sign} {number}\n")


def _show(done: Graded, count: int) -> None:
    grades = list(done.grades.values())
    took = {name: sum(each.took for each in done.told if each.name == name) for name in done.grades}
    print(tabulate(_parts(grades), headers=["check", "graded", "median s", "most s"]))  # noqa: T201
    print(f"{count} submissions in {done.seconds:.0f} s: {done.seconds / count:.1f} s each")  # noqa: T201
    for number, phase in enumerate(done.phases):
        seconds = [each.took for each in phase]
        ends = phase[-1].at - (done.phases[number - 1][-1].at if number else 0.0)
        print(f"phase {number + 1}: {len(phase)} runners in {ends:.0f} s, median "  # noqa: T201
              f"{statistics.median(seconds):.1f} s, most {max(seconds):.1f} s")  # fmt: skip
    print(f"both phases of one submission: median {statistics.median(took.values()):.1f} s, "  # noqa: T201
          f"most {max(took.values()):.1f} s")  # fmt: skip
    early = next(each for each in done.told if each.at >= EARLY * done.seconds)
    print(f"the estimate at {early.at:.0f} s: {early.at + early.left:.0f} s in all, "  # noqa: T201
          f"{(early.at + early.left) / done.seconds:.0%} of what it took")  # fmt: skip


def _parts(grades: Sequence[Grade]) -> list[list[object]]:
    seconds: dict[str, list[float]] = {}
    for grade in grades:
        for check in grade.checks:
            seconds.setdefault(check.id, []).extend([check.seconds] if check.seconds else [])
    return [
        [name, len(each), round(statistics.median(each), 2), round(max(each), 2)]
        for name, each in seconds.items()
        if each
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
