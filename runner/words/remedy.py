"""What would decide a check that has no data or no decision. Pure."""

from __future__ import annotations

from runner.judge.cause import (
    AllZero,
    Cause,
    CutShort,
    DifferentPlaces,
    NoCommonBlock,
    NotMeasured,
    NotPositive,
    NotReached,
    Recorded,
    Straddles,
    TooFewRepeats,
    TooSlow,
)
from runner.judge.verdict import Decision, Verdict
from runner.records.outcome import Status

QUIET = "a quieter machine: stop other programs, then run again"
RESUME = "the rest of the run: runner run --resume RUN"
SPEC = "another metric in the spec"


def remedy(verdict: Verdict) -> str:
    """Empty where the verdict is decided."""
    check = verdict.deciding
    if verdict.outcome in (Decision.PASS, Decision.FAIL):
        return ""
    if check is None:
        return "a run without --filter and --quick"
    if verdict.outcome is Decision.SKIP:
        return "a machine that has what the cells lack"
    if verdict.outcome is Decision.ERROR:
        return "another run: the lab itself failed"
    return "" if check.cause is None else _of(check.cause, check.repeats)


def _of(cause: Cause, repeats: int) -> str:
    match cause:
        case Straddles():
            said = f"more repeats: --repeat {2 * max(repeats, 5)}"
        case TooFewRepeats(_, lost) if lost is not None and lost.status is Status.INVALID:
            said = QUIET
        case TooFewRepeats():
            said = "more repeats: --repeat 5"
        case CutShort() | NotReached():
            said = RESUME
        case Recorded() | NoCommonBlock() | DifferentPlaces():
            said = QUIET
        case AllZero() | NotPositive() | NotMeasured():
            said = SPEC
        case TooSlow():
            said = "a longer window: duration in the spec"
    return said
