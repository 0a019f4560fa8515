"""How far from the truth the bounds of experiments.yaml lie, by recorded runs.

    python -m tests.bench.margins results/RUN ...            # shows them
    python -m tests.bench.margins --add results/RUN ...      # keeps them in tests/spec/margins/

tests/spec/test_margins.py holds every bound on a ratio to MARGIN in all runs that are kept. A run
under load is kept with `--busy`: there the estimate must keep the margin, for the interval of a
disturbed run is as wide as the disturbance.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tabulate import tabulate

from runner.paths import ROOT
from runner.report import Run
from runner.results import RunFolder
from runner.session import judged
from runner.spec import RatioExpectation, Suite, load
from runner.words.format import sentence

KEPT = ROOT / "tests" / "spec" / "margins"
MARGIN = 0.25
"""A bound is not where the truth is: what was seen lies inside it by so much, or the bound is
another one's machine away from a verdict that flips."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A ratio as one run measured it."""

    engine: str
    busy: bool
    experiment: str
    ratio: str
    estimate: float
    low: float
    high: float
    repeats: int


def margin(bounds: RatioExpectation, seen: Seen) -> float:
    """By which share of the bound it is inside; negative outside."""
    ends = (seen.estimate, seen.estimate)
    if not seen.busy:
        ends = seen.low, seen.high
    inside = []
    if bounds.at_least:
        inside.append(ends[0] / bounds.at_least - 1)
    if bounds.at_most:
        inside.append(1 - ends[1] / bounds.at_most)
    return min(inside)


def ratios(suite: Suite) -> Iterator[tuple[str, str, RatioExpectation]]:
    """Every bound on a ratio: its experiment, its words, itself."""
    for experiment in suite.experiments:
        for each in experiment.expect:
            if isinstance(each, RatioExpectation):
                yield experiment.id, sentence(each), each


def seen_in(run: Run, *, busy: bool) -> Iterator[Seen]:
    """By the bounds as they are now: a run is judged again."""
    engine = str(run.environment.get("engine", {}).get("name"))
    for verdict in run.verdicts:
        each = run.suite.experiment(verdict.experiment).expect[verdict.index]
        if not isinstance(each, RatioExpectation):
            continue
        for check in verdict.checks:
            found = check.interval
            if found is not None and found.low is not None and found.high is not None:
                words = sentence(each)
                yield Seen(
                    engine,
                    busy,
                    verdict.experiment,
                    words,
                    round(found.estimate, 4),
                    round(found.low, 4),
                    round(found.high, 4),
                    check.repeats,
                )


def kept() -> dict[str, list[Seen]]:
    """By the name of the run."""
    return {
        path.stem: [Seen(**each) for each in json.loads(path.read_text(encoding="utf-8"))]
        for path in sorted(KEPT.glob("*.json"))
    }


def main(words: list[str]) -> None:
    paths = [Path(word) for word in words if not word.startswith("--")]
    suite = load(ROOT / "experiments.yaml", labs=False)
    runs = dict(kept())
    for path in paths:
        folder = RunFolder(path)
        found = judged(folder, suite, folder.measurements(), complete=True)
        runs[path.name] = list(seen_in(found, busy="--busy" in words))
        if "--add" in words:
            KEPT.mkdir(parents=True, exist_ok=True)
            text = ",\n".join(
                json.dumps(asdict(each), ensure_ascii=False) for each in runs[path.name]
            )
            (KEPT / f"{path.name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    rows = [
        [
            f"{one.engine}{', busy' if one.busy else ''}",
            f"{one.estimate:.3g} [{one.low:.3g}, {one.high:.3g}]",
            f"≥ {bound.at_least or '–'}, ≤ {bound.at_most or '–'}",
            f"{margin(bound, one):+.0%}",
            "" if margin(bound, one) >= MARGIN else "TOO CLOSE",
            one.repeats,
            f"{experiment}: {words_of}",
        ]
        for experiment, words_of, bound in ratios(suite)
        for some in runs.values()
        for one in some
        if (one.experiment, one.ratio) == (experiment, words_of)
    ]
    heads = ["run", "measured", "bound", "margin", "", "n", "ratio"]
    print(tabulate(rows, headers=heads, disable_numparse=True))  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tests.bench.margins [--add] [--busy] RUN ...")
    main(sys.argv[1:])
