"""Which errors of the load generator are the server's fault: they fail a trial at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from runner.kinds import Kind


def faults(kind: Kind, errors: Mapping[str, int], requests: int) -> str | None:
    """The server's errors that no disturbance explains, in words; None where there are none."""
    return _in_words(errors, kind.faults if requests else (*kind.faults, *kind.unanswered))


def silences(kind: Kind, errors: Mapping[str, int]) -> str | None:
    """Replies that never came, in words; None where there are none."""
    return _in_words(errors, kind.silences)


def _in_words(errors: Mapping[str, int], names: tuple[str, ...]) -> str | None:
    counted = [f"{name} {errors[name]}" for name in names if errors.get(name)]
    return ", ".join(counted) or None
