"""`make overhead-hosts`: what a trial on a host of a cluster takes beyond the same trial here.

    python -m tests.cluster.overhead [ROUNDS]     each round: a run here, and one on a worker here

Each record says when its trial began and ended. From the end of one to the beginning of the next
the lab keeps the record and hands out the trial: that gap is what a cluster makes longer.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.faults.runs import runner

ROUNDS, REPEAT, RESAMPLES = 5, 20, 2000
SPEC = f"""\
version: 1
defaults: {{repeat: {REPEAT}, max_repeat: {REPEAT}}}
experiments:
  - id: tiny
    title: A trial that takes no time
    measure: ceiling
    server: {{lab: [poll, epoll]}}
    limits: {{nofile: 64}}
    expect: [{{metric: limit, of: {{}}, equals: EMFILE}}]
"""
WAYS: dict[str, tuple[str, ...]] = {"here": (), "on a host": ("--cluster", "local:1")}


def gaps(folder: Path) -> list[float]:
    """Milliseconds between the trials of a run."""
    lines = (folder / "trials.jsonl").read_text().splitlines()
    times = sorted(
        (each["began"], each["ended"]) for each in (json.loads(line)["record"] for line in lines)
    )
    return [1e3 * (begins - ended) for (_, ended), (begins, _) in pairwise(times)]


def main(words: Sequence[str]) -> int:
    rounds = int(words[0]) if words else ROUNDS
    found: dict[str, list[list[float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory(prefix="iolab-overhead-") as name:
        (Path(name) / "spec.yaml").write_text(SPEC, encoding="utf-8")
        for number in range(rounds):
            for way, typed in WAYS.items():
                results = Path(name) / f"{number}-{way}"
                done = runner(
                    Path(name), "run", "spec.yaml", "--engine", "process", "-q",
                    "--results", str(results), *typed,
                )  # fmt: skip
                assert done.code in (0, 4), done.err
                found[way].append(gaps(next(results.iterdir())))
    here, there = found.values()
    for way, runs in found.items():
        print(f"{way}: {median(map(median, runs)):.1f} ms between trials, median of {rounds} runs "  # noqa: T201
              f"of {len(runs[0]) + 1} trials")  # fmt: skip
    more = [median(b) - median(a) for a, b in zip(here, there, strict=True)]
    low, high = _interval(more)
    print(f"overhead of a host: {median(more):.1f} ms (95%: {low:.1f} to {high:.1f} ms)")  # noqa: T201
    return 0


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Of the median, by resampling the rounds."""
    chance = random.Random(1)
    each = sorted(median(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return each[RESAMPLES // 40], each[-RESAMPLES // 40]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
