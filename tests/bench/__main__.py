"""`make bench`: how fast the lab itself is. Shown, asserted nowhere.

    python -m tests.bench [overhead] [peers] [fleet]

Without a name, all of them.
"""

from __future__ import annotations

import sys

from tests.bench import fleet, overhead, peers

PARTS = {"overhead": overhead.show, "peers": peers.show, "fleet": fleet.show}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
