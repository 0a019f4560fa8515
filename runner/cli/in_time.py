"""`runner grade --within`: a grading that cannot end in time is refused before anything runs; one
that turns out slower begins no check that would not end."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace

import click

from runner import machine
from runner.grade.phases import side_by_side
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
        """Raises click.UsageError where the plan takes longer, or what the assignment expects. A
        quota of less than a CPU makes everything slower."""
        if self.allowed is None:
            return
        share = min(1.0, machine.quota_cpus() or 1.0)
        whole = max(seconds(plan, engine), assignment.assignment.expected / 1e9) / share + _AFTER
        if whole <= self.allowed:
            return
        kept = side_by_side(assignment)
        rest = replace(plan, trials=tuple(t for t in plan.trials if t.experiment in kept))
        untimed = seconds(rest, engine) / share + _AFTER
        remedy = f"type --within {math.ceil(whole)}s, or give its checks fewer repeats (`repeat`)"
        if len(kept) < len(assignment.experiments) and untimed <= self.allowed:
            remedy = f"type --untimed: the checks that judge no times take about {untimed:.0f} s"
        raise click.UsageError(
            f"--within {self.allowed:g}s: grading takes about {whole:.0f} s here; {remedy}"
        )
