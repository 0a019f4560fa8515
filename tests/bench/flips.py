"""Runs of the same file side by side: no verdict may be PASS in one and FAIL in another.

python -m tests.bench.flips results/RUN results/OTHER ...
"""

from __future__ import annotations

import sys
from pathlib import Path

from tabulate import tabulate

from runner import session
from runner.judge import Decision, Verdict
from runner.results import RunFolder
from runner.spec import load
from runner.words.verdict import title


def judged(path: Path) -> dict[tuple[str, int], Verdict]:
    folder = RunFolder(path)
    suite = load(path / "effective.yaml", labs=False)
    run = session.judged(folder, suite, folder.measurements(), complete=True)
    return {(verdict.experiment, verdict.index): verdict for verdict in run.verdicts}


def show(paths: list[Path]) -> bool:
    """True where a verdict flips."""
    runs = [judged(path) for path in paths]
    rows, flips = [], 0
    for key in dict.fromkeys(key for run in runs for key in run):
        outcomes = [run[key].outcome if key in run else None for run in runs]
        flipped = {Decision.PASS, Decision.FAIL} <= set(outcomes)
        flips += flipped
        sentence = next(title(run[key]) for run in runs if key in run)
        rows.append([*map(str, outcomes), "FLIPS" if flipped else "", f"{key[0]}: {sentence}"])
    headers = [*(path.name for path in paths), "", "expectation"]
    print(tabulate(rows, headers=headers, disable_numparse=True))  # noqa: T201
    print(f"{flips} of {len(rows)} verdicts flip between PASS and FAIL")  # noqa: T201
    return flips > 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m tests.bench.flips RUN RUN ...")
    sys.exit(show([Path(word) for word in sys.argv[1:]]))
