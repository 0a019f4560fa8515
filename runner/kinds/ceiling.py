"""Connections until the server refuses: how many it serves at once, and what stopped it."""

from __future__ import annotations

from runner.kinds.errors import WRONG
from runner.kinds.kind import Kind

CEILING = Kind(
    name="ceiling",
    about="connect until the server refuses",
    settings=("exchange",),
    tools=("fleet",),
    until_refused=True,
    faults=WRONG,
)
