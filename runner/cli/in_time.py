"""`runner grade --within`: a grading that cannot end in time is refused before anything runs; one
that turns out slower begins no check that would not end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import click

from runner.plan import Plan
from runner.session.budget import seconds
from runner.spec import Assignment, WrongError
from runner.spec.quantity import DURATION, S

_AFTER = 10.0
"""Seconds for sealing the grade and writing the reports."""


@dataclass(frozen=True, slots=True)
class InTime:
    """`allowed` in seconds, from when the command was typed; None where there is all the time."""

    allowed: float | None
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, text: str | None) -> InTime:
        """Raises click.UsageError."""
        if text is None:
            return cls(None)
        try:
            allowed = DURATION.between(S, DURATION.high).read(text)
        except WrongError as error:
            raise click.UsageError(f"--within {text}: {error}; such as --within 540s") from None
        return cls(float(allowed) / 1e9)

    @property
    def until(self) -> float | None:
        """When the last check must have ended, in CLOCK_MONOTONIC."""
        return None if self.allowed is None else self.began + self.allowed - _AFTER

    def require(self, assignment: Assignment, plan: Plan, engine: str) -> None:
        """Raises click.UsageError where the plan takes longer, or what the assignment expects."""
        if self.allowed is None:
            return
        needed = max(seconds(plan, engine), assignment.assignment.expected / 1e9) + _AFTER
        if needed > self.allowed:
            raise click.UsageError(
                f"--within {self.allowed:g}s: grading takes about {needed:.0f} s here; give it "
                "more time, leave the timed checks out by --untimed, or use fewer checks"
            )
