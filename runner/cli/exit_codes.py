"""The exit codes: frozen, CI scripts rely on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    INFRASTRUCTURE = 3
    INCONCLUSIVE = 4
    NOTHING_RAN = 5
    INTEGRITY = 6
    INTERRUPTED = 130
