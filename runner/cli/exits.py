"""The exit codes: frozen, CI scripts rely on them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from runner.judge import Outcome, Verdict
from runner.measurement import Measurement, Status


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    INFRASTRUCTURE = 3
    INCONCLUSIVE = 4
    NOTHING_RAN = 5
    INTEGRITY = 6
    INTERRUPTED = 130


def of(verdicts: Iterable[Verdict], measurements: Iterable[Measurement]) -> Exit:
    """The gravest thing that happened. A trial that failed counts even where nothing was
    expected of it."""
    outcomes = {verdict.outcome for verdict in verdicts}
    statuses = {measurement.status for measurement in measurements}
    if Outcome.FAIL in outcomes or Status.FAIL in statuses:
        return Exit.FAILED
    if Outcome.ERROR in outcomes or Status.ERROR in statuses:
        return Exit.INFRASTRUCTURE
    if statuses <= {Status.SKIP}:
        return Exit.NOTHING_RAN
    if outcomes & {Outcome.INCONCLUSIVE, Outcome.INVALID}:
        return Exit.INCONCLUSIVE
    if outcomes and outcomes <= {Outcome.SKIP}:
        return Exit.NOTHING_RAN
    return Exit.OK
