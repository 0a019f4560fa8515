"""Which errors of the load generator are the server's fault: they fail a trial at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping

WRONG = ("corrupt", "extra", "protocol", "too_long", "disordered", "early", "wrong")
"""Bytes that are not those that were due. No disturbance of the machine makes them."""
LOST = ("connect_refused", "refused", "reset", "closed", "idle_lost")
"""Connections that the server ended. Where a server is driven to its limit it may."""
LATE = ("connect_timeout", "reply_timeout")
"""Ten seconds of silence: a neighbour on the CPU does not cause them, a suspended machine does."""
STATUS = "status"
"""Whole replies of HTTP with another status. The connection goes on, so they are counted, and are
a fault only where no reply was right."""


def faults(measure: str, errors: Mapping[str, int], requests: int) -> str | None:
    """The server's errors that no disturbance explains, in words; None where there are none."""
    kinds = WRONG if measure == "ceiling" else (*WRONG, *LOST)
    if measure == "load" and requests == 0:
        kinds = (*kinds, STATUS)
    return _in_words(errors, kinds)


def silences(measure: str, errors: Mapping[str, int]) -> str | None:
    """Replies that never came. A ceiling may end that way."""
    return None if measure == "ceiling" else _in_words(errors, LATE)


def _in_words(errors: Mapping[str, int], kinds: tuple[str, ...]) -> str | None:
    counted = [f"{kind} {errors[kind]}" for kind in kinds if errors.get(kind)]
    return ", ".join(counted) or None
