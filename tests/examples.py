"""How many examples a property-based test draws.

    pytest --hypothesis-show-statistics ... | python -m tests.examples

prints what pytest does, and how many were drawn in all.
"""

from __future__ import annotations

import os
import re
import sys

DRAWN = re.compile(r"- (\d+) passing, (\d+) failing")
STATISTICS = re.compile(r"\s+[-*] |\n$")


def examples(usual: int) -> int:
    """`usual` many, or EXAMPLES times as many: `make properties`."""
    return usual * int(os.environ.get("EXAMPLES", "1"))


if __name__ == "__main__":
    drawn = 0
    for line in sys.stdin:
        found = DRAWN.search(line)
        drawn += sum(map(int, found.groups())) if found else 0
        if not STATISTICS.match(line):
            sys.stdout.write(line)
    print(f"{drawn:,} examples drawn")  # noqa: T201
