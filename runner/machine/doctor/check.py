"""The outcome of one check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BLOCKS = "blocks"
    """A part of the spec cannot run here."""


@dataclass(frozen=True, slots=True)
class Check:
    """`state` is what this machine has, `why` the consequence, `fix` the exact command that fixes
    it: empty where no command does, and then `why` says what to do."""

    name: str
    level: Level
    state: str
    why: str = ""
    fix: str = ""
    instead: str = ""


def checked(
    name: str,
    state: str,
    *,
    short: bool,
    needed: bool,
    why: str,
    fix: str = "",
    instead: str = "",
) -> Check:
    """OK unless it falls `short`; that blocks where the spec needs it, and is a warning else."""
    if not short:
        return Check(name, Level.OK, state)
    return Check(name, Level.BLOCKS if needed else Level.WARN, state, why, fix, instead)
