"""The column `enforced`: what the box denied to the server while it served.

A denial excludes rivals, and a server that served without them does not need them. It agrees where
all rivals that a denial can exclude were denied in the same trial. A call that was denied for many
descriptors alone is excluded only where the server held so many clients. Threads and processes are
seldom denied, because helpers are threads as well; a server that has one thread does without them.
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
from runner.grade.models import AIO, RING, SIGIO
from runner.grade.proof.evidence import Evidence, check_of, several
from runner.grade.record import Seen
from runner.records.outcome import Outcome, Status
from runner.syscalls.denial import (
    EPOLL_MANY,
    MANY,
    POLL_MANY,
    PROCESSES,
    SELECT_MANY,
    THREADS,
)

COLUMN = "enforced"
SELECT, POLL, EPOLL = "select", "poll", "epoll_create1"
_OF_MANY: Mapping[str, str] = {SELECT_MANY: SELECT, POLL_MANY: POLL, EPOLL_MANY: EPOLL}
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
    rivals = _rivals(demand, evidence.serves)
    if not rivals:
        return Seen(COLUMN, "", None, "no denial of calls excludes the other words")
    denied = [each for each in evidence.sound if each.record.granted.denied]
    if not denied:
        return Seen(COLUMN, "", None, _why_not(evidence))
    by_number = demand.claim != SERVES  # the column `behaves` counts threads for that claim
    missing = [rivals - _excluded(each, by_number=by_number) for each in denied]
    whole = [each for each, rest in zip(denied, missing, strict=True) if not rest]
    if not whole:
        return Seen(
            COLUMN,
            "",
            None,
            f"not denied: {', '.join(_fewest(missing))}",
        )
    checks = list(dict.fromkeys(map(check_of, whole)))
    why = f"it served without {', '.join(sorted(rivals))} in check {several(checks)}"
    return Seen(COLUMN, demand.words[0], agrees=True, why=why)


def _fewest(missing: list[frozenset[str]]) -> list[str]:
    return min(map(sorted, missing), key=len)


def _excluded(outcome: Outcome, *, by_number: bool) -> frozenset[str]:
    """The words of a denial for that by which the server cannot have served all its clients."""
    asked, denied = outcome.record.asked, outcome.record.granted.denied or ()
    excluded = {*denied}
    if asked.idle + asked.active >= MANY:
        excluded |= {_OF_MANY[each] for each in denied if each in _OF_MANY}
    usage = outcome.record.usage
    if by_number and usage and all(each.threads == 1 for each in usage):
        excluded |= {THREADS, PROCESSES}
    return frozenset(excluded)


def _rivals(demand: Demand, serves: tuple[str, ...]) -> frozenset[str]:
    """Empty where a denial cannot decide between the words."""
    if demand.claim == WAITS_IN:
        needed = {_WAITS[word] for word in demand.words if word in _WAITS}
        alone = (THREADS, PROCESSES) if serves == (ONE_THREAD,) else ()
        return frozenset((*_OTHERS, *alone)) - needed if needed else frozenset()
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
