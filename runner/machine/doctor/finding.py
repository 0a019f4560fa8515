"""One check's outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BLOCKS = "blocks"
    """Something that the spec asks for cannot run here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is what this machine has, `why` what comes of it, `fix` the exact command that mends
    it: empty where no command does, and then `why` says what to do."""

    check: str
    level: Level
    found: str
    why: str = ""
    fix: str = ""
    instead: str = ""


def judged(
    check: str,
    found: str,
    *,
    short: bool,
    needed: bool,
    why: str,
    fix: str = "",
    instead: str = "",
) -> Finding:
    """OK unless it falls `short`; that blocks where the spec needs it, and is a warning else."""
    if not short:
        return Finding(check, Level.OK, found)
    return Finding(check, Level.BLOCKS if needed else Level.WARN, found, why, fix, instead)
