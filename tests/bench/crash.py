"""`make crash`: fifty runs killed at random moments, and what was left of them."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from tests.faults.crash import LostError, crash

KILLS = 50


def main() -> None:
    """`python -m tests.bench.crash [KILLS [SEED]]`; exit code 1 when anything was lost."""
    numbers = [int(word) for word in sys.argv[1:3]]
    kills, seed = (numbers + [KILLS, 1][len(numbers) :])[:2]
    with TemporaryDirectory(prefix="iolab-crash-") as folder:
        try:
            found = crash(Path(folder), kills, seed)
        except LostError as lost:
            sys.exit(f"crash: seed {seed}: {lost}")
    rows = [[when, count] for when, count in sorted(found.when.items()) if count]
    print(f"{found.kills} kills, seed {seed}: {found.completed} runs completed by --resume, ")  # noqa: T201
    print(f"{found.trials} trials, none lost, none twice; {found.torn} torn lines passed over")  # noqa: T201
    print(tabulate(rows, headers=["killed", "times"]))  # noqa: T201


if __name__ == "__main__":
    main()
