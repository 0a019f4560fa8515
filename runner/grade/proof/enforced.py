"""The column `enforced`: what the box denied to the server while it served.

A denial excludes rivals, and a server that served without them does not need them. It agrees where
all rivals that a denial can exclude were denied in the same trial.
"""

from __future__ import annotations

from collections.abc import Mapping

from runner.grade.claims import (
    COPIES_BY,
    HELPER,
    KERNEL,
    NOTIFIED_BY,
    ONE_THREAD,
    READY,
    SERVES,
    WAITS_IN,
    Demand,
)
from runner.grade.models import AIO, EPOLL, POLL, PROCESSES, RING, SELECT, SIGIO, THREADS
from runner.grade.proof.evidence import Evidence, check_of, several
from runner.grade.record import Seen
from runner.records.outcome import Outcome, Status

COLUMN = "enforced"
_WAITS: Mapping[str, str] = {
    "select": SELECT, "poll": POLL, "epoll": EPOLL, "signal": SIGIO, "completion": RING,
}  # fmt: skip
"""The call that a demanded word needs."""
_OTHERS = (SELECT, POLL, EPOLL, RING, AIO, SIGIO)
_RIVALS: Mapping[str, tuple[str, ...]] = {
    NOTIFIED_BY: (RING, AIO, SIGIO, THREADS, PROCESSES),
    COPIES_BY: (RING, AIO, THREADS, PROCESSES),
    SERVES: (THREADS, PROCESSES),
}
_EXCLUDED: Mapping[str, str] = {NOTIFIED_BY: READY, COPIES_BY: "application", SERVES: ONE_THREAD}
"""The word that is left for a claim when those are denied."""


def enforced(demand: Demand, evidence: Evidence) -> Seen:
    rivals = _rivals(demand)
    if not rivals:
        return Seen(COLUMN, "", None, "no denial of calls excludes the other words")
    denied = [each for each in evidence.sound if each.record.granted.denied]
    if not denied:
        return Seen(COLUMN, "", None, _why_not(evidence))
    whole = [each for each in denied if rivals.issubset(each.record.granted.denied or ())]
    if not whole:
        missing = rivals.difference(denied[0].record.granted.denied or ())
        return Seen(COLUMN, "", None, f"not denied: {', '.join(sorted(missing))}")
    checks = list(dict.fromkeys(map(check_of, whole)))
    why = f"it served without {', '.join(sorted(rivals))} in check {several(checks)}"
    return Seen(COLUMN, demand.words[0], agrees=True, why=why)


def _rivals(demand: Demand) -> frozenset[str]:
    """Empty where a denial cannot decide between the words."""
    if demand.claim == WAITS_IN:
        needed = {_WAITS[word] for word in demand.words if word in _WAITS}
        return frozenset(_OTHERS) - needed if needed else frozenset()
    if _EXCLUDED.get(demand.claim) in demand.words and not {HELPER, KERNEL}.intersection(
        demand.words
    ):
        return frozenset(_RIVALS[demand.claim])
    return frozenset()


def _why_not(evidence: Evidence) -> str:
    failed = [each for each in evidence.outcomes if _failed(each)]
    if failed:
        first = failed[0]
        return f"it did not serve where calls were denied: check {check_of(first)}: {first.reason}"
    return "no call was denied in a trial in which the server served"


def _failed(outcome: Outcome) -> bool:
    return outcome.status is Status.FAIL and bool(outcome.record.granted.denied)
