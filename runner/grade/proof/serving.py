"""Which threads wait for clients, and whether they are those that served them under load: for the
column `untraced`."""

from __future__ import annotations

from runner.grade.claims import ONE_THREAD
from runner.grade.proof.evidence import WINDOW, Evidence
from runner.records.observed import Sighting, Waiting

SELECT, POLL, EPOLL, READ, SPLICE = "select", "poll", "epoll", "read", "splice"
SIGNAL, COMPLETION, LOCK = "signal", "completion", "lock"
_SERVING = (SELECT, POLL, EPOLL, READ, SPLICE, COMPLETION)
"""Kinds of calls in which only a thread that serves waits."""

LEAST_NS = 20_000_000
"""CPU time of the server under load below which its shares say nothing."""
HARDLY = 0.1
"""Share of the server's CPU time: even beside a thread that logs every request, and waits for the
same lock of an interpreter, the thread that serves uses more."""


def serving(seen: Sighting, waits: tuple[str, ...]) -> list[Waiting]:
    """The threads that wait for clients, given in which calls the model waits. A thread that waits
    for signals is a helper, unless the model waits so, or sockets send them. Where helpers of the C
    library notify the server (POSIX AIO), these block in reads in its place."""
    kinds = {*_SERVING}
    if SIGNAL in waits or seen.ends.asynchronous:
        kinds |= {SIGNAL}
    if LOCK in waits:
        kinds -= {READ, SPLICE}
    return [each for each in seen.waiting if each.kind in kinds and each.serves]


def served_elsewhere(evidence: Evidence) -> str:
    """Where one thread should serve: in which check another one used the CPU time; empty where none
    did, or it is not known which thread waits."""
    if evidence.serves != (ONE_THREAD,) or {LOCK, COMPLETION} & {*evidence.waits}:
        return ""
    return next(
        (
            text
            for check, seen in evidence.windows
            if (text := _elsewhere(check, seen, evidence.waits))
        ),
        "",
    )


def _elsewhere(check: str, sightings: tuple[Sighting, ...], waits: tuple[str, ...]) -> str:
    window = next(each for each in sightings if each.moment == WINDOW)
    silent = [each for each in sightings if each.moment not in (WINDOW, "loaded")]
    served = [each for seen in silent for each in serving(seen, waits)]
    waiters = {each.thread for each in served}
    several = any(each.threads > 1 for each in served)
    if not waiters or several or window.ran_ns < LEAST_NS or not window.ran:
        return ""
    own = sum(each.share for each in window.ran if each.thread in waiters)
    first = window.ran[0]
    if own >= HARDLY or first.thread in waiters:
        return ""
    return (
        f"thread {min(waiters)} waits while all clients are silent, and used {own:.0%} of the CPU "
        f"time under load; thread {first.thread} used {first.share:.0%} (check {check}, with "
        f"{window.connections} connections)"
    )
