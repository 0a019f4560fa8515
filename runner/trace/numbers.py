"""System calls by number, as /proc/PID/syscall shows the one that a thread sleeps in. Pure."""

from __future__ import annotations

from runner.syscalls.table import names


def name_of(number: int, machine: str = "") -> str:
    """Its name, or its number where the table has no such call."""
    return names(machine).get(number, f"call {number}")


def numbers_are_known() -> bool:
    """Whether this machine's table is here."""
    return bool(names())
