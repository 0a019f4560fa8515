"""The lines of the fleet, here: `make bench` runs this in a network namespace of its own.

python -m tests.bench.fleet [http] [redis] [floor] [uring] [idle_memory] [send_lag] ...
"""

from __future__ import annotations

import sys
from contextlib import suppress

from tests.bench.fleet import GROUPS, table
from tests.fleet.few_ports import bring_up_loopback

if __name__ == "__main__":
    with suppress(OSError):  # the host's own is up
        bring_up_loopback()
    wanted = sys.argv[1:]
    table(group for group in GROUPS if not wanted or group.__name__ in wanted)
