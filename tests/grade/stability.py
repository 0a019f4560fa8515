"""`make stability`: submissions from perfect to poor, graded again and again beside a noisy
neighbour that comes and goes. Did a score change?

    python -m tests.grade.stability [ROUNDS [NAME ...]]     ten rounds, all of tests/grade/poor.py
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from runner.grade.record import Grade, State
from tests.grade.class_run import graded
from tests.grade.neighbour import neighbour
from tests.grade.poor import SUBMISSIONS, Submission

ROUNDS = 10
JOBS = "2"


def main(words: Sequence[str]) -> int:
    """1 if a score was another than it must be."""
    rounds = int(words[0]) if words else ROUNDS
    chosen = [each for each in SUBMISSIONS if each.name in words[1:] or not words[1:]]
    seen: dict[str, list[Grade]] = {each.name: [] for each in chosen}
    with tempfile.TemporaryDirectory(prefix="iolab-stability-") as name:
        home = Path(name)
        for each in chosen:
            each.written(home / "class")
        for number in range(1, rounds + 1):
            with neighbour(number):
                done = graded(
                    "select-echo", home / "class", home / str(number), "-j", JOBS,
                    "--engine", "process", "--seed", str(number),
                )  # fmt: skip
            for one, grade in done.grades.items():
                seen[one].append(grade)
            wrong = [line for each in chosen for line in _changes(each, seen[each.name][-1:])]
            print(f"round {number} of {rounds}: {done.seconds:.0f} s, {len(wrong)} changes")  # noqa: T201
            print("\n".join(wrong), end="\n" * bool(wrong), flush=True)  # noqa: T201
    return _told(chosen, seen)


def _told(chosen: Sequence[Submission], seen: dict[str, list[Grade]]) -> int:
    rows, changed = [], 0
    for each in chosen:
        scores = Counter(_score(grade) for grade in seen[each.name])
        undecided = sum(
            check.state is State.INCONCLUSIVE for grade in seen[each.name] for check in grade.checks
        )
        others = len(seen[each.name]) - scores[f"{each.score:g}"]
        changed += others
        rows.append(
            [each.name, f"{each.score:g}", ", ".join(f"{s}: {n}" for s, n in scores.items()),
             undecided, others]
        )  # fmt: skip
    heads = ["submission", "score", "was", "undecided checks", "changed"]
    print(tabulate(rows, headers=heads, disable_numparse=True))  # noqa: T201
    total = sum(map(len, seen.values()))
    print(f"{total} gradings: {changed} with another score")  # noqa: T201
    return bool(changed)


def _score(grade: Grade) -> str:
    if not grade.complete:
        return "incomplete"
    return f"{grade.earned:g}" if grade.gradable else "not gradable"


def _changes(submission: Submission, grades: Sequence[Grade]) -> list[str]:
    """The checks of the gradings with another score, and why each of them did not pass."""
    return [
        f"  {submission.name}: {_score(grade)}, and not {submission.score:g}: {check.id} "
        f"{check.state} {check.earned:g} of {check.points:g}: {check.reason[:300]}"
        for grade in grades
        if _score(grade) != f"{submission.score:g}"
        for check in grade.checks
        if check.state not in (State.PASS, State.NEEDS)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
