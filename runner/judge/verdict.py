"""What a judgement is, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.spec import METRICS, Cell
from runner.stats.interval import Interval


class Outcome(StrEnum):
    """From worst to best: an expectation is as good as the worst of what it covers."""

    FAIL = "FAIL"
    ERROR = "ERROR"
    INVALID = "INVALID"
    INCONCLUSIVE = "INCONCLUSIVE"
    SKIP = "SKIP"
    PASS = "PASS"  # noqa: S105 - not a password


WORST_FIRST = tuple(Outcome)
ESTIMATES_OF_A_TRACE = frozenset(
    {"idle_cpu", "wait_blocked_share", "eagain_share", "calls_per_request"}
)
"""Times, and what a busy machine changes: how often a server asks before its data is there."""
FACTS = frozenset(
    {
        "errors",
        "served",
        "refused_fd",
        "limit",
        "threads",
        "processes",
        "idle_alive",
        "memory_per_connection",
        "gaps",
        "dropped_listeners",
    }
    | {name for name, metric in METRICS.items() if metric.measures == ("trace",)}
    - ESTIMATES_OF_A_TRACE
)
"""Counts and names: not draws from noise, so every repeat must keep the bound."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An expectation held against one cell, or one pair of cells. `interval` is None for facts;
    `repeats` counts the measurements that it rests on.

    `margin` is how far inside the bound the interval's nearer end lies, as a share of the bound:
    0.2 passes with a fifth to spare. A negative one misses: -0.5 is half of a lower bound, or
    twice an upper one. None where there is no interval or the bound is 0. `ran` says whether
    every cell had a trial that was not skipped; `noisy` says that repeats of a cell differ by more
    than `spread.NOISY`; `notes` are sentences for the reader.
    """

    cell: Cell
    to: Cell | None
    outcome: Outcome
    found: str
    repeats: int
    interval: Interval | None = None
    reason: str = ""
    margin: float | None = None
    noisy: bool = False
    notes: tuple[str, ...] = ()
    ran: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation with all of its findings. `not_run` are the cells that it speaks of and that
    did not run; with one of them it is no PASS. `left_out` are cells, or pairs, that it speaks of
    and that the user did not select: it passes without them, for no points."""

    experiment: str
    index: int
    sentence: str
    bound: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    points: float
    reason: str = ""
    not_run: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def earned(self) -> float:
        whole = self.outcome is Outcome.PASS and not self.left_out
        return self.points if whole else 0.0

    @property
    def covers(self) -> str:
        """How many cells, or pairs of cells, it speaks of; empty where it is one."""
        count, left = len(self.findings), len(self.left_out)
        if not left:
            return f"{count} cells" if count > 1 else ""
        return f"{count} of {count + left} cells"

    @property
    def noisy(self) -> bool:
        return any(finding.noisy for finding in self.findings)

    @property
    def deciding(self) -> Finding | None:
        """The finding that the outcome rests on: of the worst kind the one nearest its bound."""
        worst = [finding for finding in self.findings if finding.outcome is self.outcome]
        return min(worst, key=_nearness, default=None)


def _nearness(finding: Finding) -> float:
    """Facts stand in their own order."""
    return finding.margin if finding.margin is not None else 0.0
