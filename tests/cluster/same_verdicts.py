"""`make same-verdicts`: the main job on one host and over three, verdict by verdict; then how long
the parts of its plan take on more hosts, by the durations that were measured on one.

    python -m tests.cluster.same_verdicts [ONE.json THREE.json]     reports of runs that were made
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate

from runner.paths import SPEC
from runner.plan import Host, expand
from runner.plan.spread import makespan, spread
from runner.spec import load
from tests.faults.runs import RUNNER

DECIDED = {"PASS", "FAIL"}
HOSTS = (1, 2, 3, 5, 10)
Report = Mapping[str, Any]


def main(words: Sequence[str]) -> int:
    files = [Path(word) for word in words] or [made("one"), made("three", "--cluster", "local:3")]
    one, three = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    different = compared(outcomes(one), outcomes(three))
    seconds = measured(one)
    for hosts in HOSTS:
        print(f"{hosts} hosts: {makespan(seconds, hosts):.0f} s")  # noqa: T201
    return 1 if different else 0


def made(name: str, *words: str) -> Path:
    """The report of a run of the main job, made now."""
    folder = Path("results") / f"verdicts-{name}"
    file = folder.with_suffix(".json")
    typed = [
        "run",
        str(SPEC),
        "--engine",
        "process",
        "--results",
        str(folder),
        "-o",
        f"json={file}",
    ]
    subprocess.run([*RUNNER, *typed, *words], check=False, stdout=subprocess.DEVNULL)
    return file


def outcomes(report: Report) -> dict[str, str]:
    return {f"{v['experiment']}: {v['sentence']}": v["outcome"] for v in report["verdicts"]}


def compared(one: Mapping[str, str], three: Mapping[str, str]) -> list[str]:
    """Prints how the verdicts of two runs agree; returns those that both have decided, in different
    ways."""
    names = sorted({*one, *three})
    pairs = {name: (one.get(name, "missing"), three.get(name, "missing")) for name in names}
    counted = Counter(pairs.values())
    print(tabulate([[*pair, n] for pair, n in counted.most_common()],  # noqa: T201
                   headers=["on one host", "over three", "verdicts"]))  # fmt: skip
    for name, (here, there) in pairs.items():
        if here != there:
            print(f"{here:>8} {there:>8}  {name}")  # noqa: T201
    return [name for name, pair in pairs.items() if set(pair) == DECIDED]


def measured(report: Report) -> list[float]:
    """Seconds of each part of the plan, the longest first, with all that was run again."""
    suite = load(SPEC)
    parts = spread(suite, expand(suite, Host(20_000, (0, 1))))
    took: dict[str, float] = defaultdict(float)
    # Trials that take turns run at the same time.
    for trial in report["trials"]:
        record = trial["record"]
        spent = record["ended"] - record["began"]
        took[trial["trial"].rpartition("#")[0]] += spent / max(1, record["asked"]["turns"])
    return sorted(
        (sum(took[f"{c.experiment}/{c.name}"] for c in part.cells) for part in parts), reverse=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
