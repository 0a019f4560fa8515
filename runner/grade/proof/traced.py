"""The column `traced`: what the tracer's record says of a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from runner.grade.claims import (
    COPIES_BY,
    EDGE,
    NONBLOCKING,
    NOTHING,
    NOTIFIED,
    NOTIFIED_BY,
    READ_RETURNS,
    SERVES,
    THREADS,
    WAITS_IN,
    WATCHES,
    Demand,
)
from runner.grade.proof.evidence import Evidence
from runner.grade.proof.in_a_burst import against_in_a_burst
from runner.grade.proof.nobody_waits import NOWHERE
from runner.grade.record import Seen
from runner.plural import number_of
from runner.records.observed import Classified, Doubted

COLUMN = "traced"
UNKNOWN, READ, LOCK, SIGNAL, PAUSE = "unknown", "read", "lock", "signal", "pause"
_GIVEN = (LOCK, "read of no socket", "read of another socket")
"""Where a thread waits that is given work by another: a lock, a pipe, a socket between the two."""
_WORDS: Mapping[str, Callable[[Classified], str]] = {
    WAITS_IN: lambda found: found.blocks_in,
    NOTIFIED_BY: lambda found: NOTIFIED.get((found.notification_means, found.notified_by), UNKNOWN),
    COPIES_BY: lambda found: found.copied_by,
    SERVES: lambda found: found.concurrency,
    WATCHES: lambda found: found.watches,
    NONBLOCKING: lambda found: found.nonblocking,
}
_REARMED = (
    "after each event epoll_ctl (EPOLL_CTL_MOD) gives the descriptor anew, and no read found the "
    "socket empty: so what is left is reported again, as where epoll is level-triggered"
)
_SAYS_NOTHING = (UNKNOWN, "none")
_AGAINST = {"evades": WAITS_IN, "long": WAITS_IN, "unnamed": NOTIFIED_BY, "unwatched": NOTIFIED_BY}
"""Doubts that no honest server causes, and which claim each speaks against."""
_WAITS = frozenset({
    "nanosleep", "clock_nanosleep", "select", "pselect6", "poll", "ppoll", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "read", "recvfrom", "recvmsg", "readv", "accept", "accept4",
    "pause", "rt_sigsuspend", "rt_sigtimedwait", "io_uring_enter", "io_getevents", "io_pgetevents",
    "flock", "semop", "semtimedop", "msgrcv", "wait4", "waitid",
})  # fmt: skip
"""Calls in which a server that stalls has chosen to wait; any call may take long on a busy
machine."""


def traced(demand: Demand, evidence: Evidence) -> Seen:
    """If there are several traces, all of them must agree."""
    lack = evidence.no_trace
    seen = [_of(demand, check, found, evidence) for check, found in evidence.traces]
    if not seen:
        return Seen(COLUMN, "", None, lack)
    against = [each for each in seen if each.agrees is False]
    unsure = [each for each in seen if each.agrees is None]
    return (against or unsure or seen)[0]


def _of(demand: Demand, check: str, found: Classified, evidence: Evidence) -> Seen:
    waits = evidence.waits
    incomplete = [each.text for each in found.doubts if each.sort == "incomplete"]
    if incomplete:
        return Seen(COLUMN, "", None, f"check {check}: {'; '.join(incomplete)}")
    word = _WORDS[demand.claim](found)
    against = list(_against(demand, found, evidence))
    value = "" if word in _SAYS_NOTHING else word
    if against:
        return Seen(COLUMN, value, agrees=False, why=f"check {check}: {'; '.join(against)}")
    if demand.claim == WATCHES and value == EDGE and found.rearmed:
        return Seen(COLUMN, "", None, f"check {check}: {_REARMED}")
    if not value:
        return Seen(COLUMN, "", None, f"check {check}: {_why_unknown(demand, found)}")
    if value not in demand.words and _is_another(demand, found, waits):
        return Seen(COLUMN, "", None, f"check {check}: {_why_unknown(demand, found)}")
    because = f"check {check}: {_because(demand, found)}"
    return Seen(COLUMN, value, value in demand.words, because)


def _is_another(demand: Demand, found: Classified, waits: tuple[str, ...]) -> bool:
    """Whether the word is that of a thread which was given the work by another: the one that was
    notified waits elsewhere. Where the model blocks in reads, or nowhere, the two are the same
    thread. One that wakes by itself, from a sleep or in a call about clients, was given nothing."""
    if demand.claim not in (WAITS_IN, COPIES_BY) or {READ, NOWHERE} & {*waits}:
        return False
    helped = LOCK in waits and found.notification_means == UNKNOWN
    # A signal interrupts whatever its thread sleeps in, so that no call need wait for signals.
    interrupted = SIGNAL in waits and found.notified_by == SIGNAL and found.blocks_in == PAUSE
    return helped or interrupted or found.blocks_in in _GIVEN


def _against(demand: Demand, found: Classified, evidence: Evidence) -> Iterable[str]:
    waits = evidence.waits
    any_of_several = len(waits) > 1 and THREADS in evidence.serves and READ not in waits
    yield from (
        doubt.text
        for doubt in found.doubts
        if _AGAINST.get(doubt.sort, "") == demand.claim
        if not (any_of_several and _other_loop(doubt, found, waits))
    )
    helped = LOCK in waits  # the helpers of POSIX AIO copy
    if not helped:
        for burst in found.bursts:
            yield from against_in_a_burst(demand, burst, waits, evidence.serves)
    if demand.claim == NOTIFIED_BY and _notified_of_nothing(demand, found):
        yield _because(demand, found)
    if demand.claim == SERVES and READ in waits and 0 < found.copiers < found.clients:
        yield (
            f"{number_of(found.copiers, 'thread')} copied the bytes of {found.clients} clients, so "
            "the thread that waits for a client is not the one that copies its bytes"
        )
    if demand.claim != WAITS_IN:
        return
    several = () if READ in demand.words else demand.words
    others = [
        name
        for name in found.multiplexers
        if name not in several
        or (found.blocks_in in several and name != found.blocks_in and not any_of_several)
    ]
    if others:
        yield f"{' and '.join(others)} is called as well, on several clients at once"
    stalls = [name for name in found.stalls if name in _WAITS]
    if stalls:
        yield f"while it serves a client, the thread also blocks in {' and '.join(stalls)}"


def _other_loop(doubt: Doubted, found: Classified, waits: tuple[str, ...]) -> bool:
    """Whether the doubt is about another thread with a loop of its own, which may wait in another
    of the calls that the model allows."""
    if doubt.sort == "long":
        return bool(doubt.calls) and set(doubt.calls) <= {*waits}
    return doubt.sort == "unwatched" and found.concurrency == THREADS


def _notified_of_nothing(demand: Demand, found: Classified) -> bool:
    """Whether the server tries its clients, in whatever call it sleeps: a call that returns because
    its time is over is news of none of them."""
    tries = found.notification_means == "nothing"
    return tries and not {NOTHING, READ_RETURNS}.intersection(demand.words)


def _why_unknown(demand: Demand, found: Classified) -> str:
    """What was observed instead; the reasons for the whole model may be of other claims."""
    if demand.claim == WATCHES:
        return "no epoll watches the clients that spoke"
    if demand.claim == NONBLOCKING:
        return "no read of a client's socket was observed"
    return found.unclear or "the requests do not agree"


def _because(demand: Demand, found: Classified) -> str:
    """The sentence of the trace that the word rests on."""
    place = {WAITS_IN: 0, NOTIFIED_BY: 1, COPIES_BY: 2}.get(demand.claim)
    if place is not None and place < len(found.because):
        return found.because[place]
    if demand.claim == SERVES:
        served = [text for text in found.because if text.startswith("served by ")]
        return served[0] if served else f"served by {found.concurrency}"
    if demand.claim == WATCHES:
        return f"by the last epoll_ctl of each client that spoke: {found.watches}"
    return f"reads of the clients that spoke: {found.nonblocking}"
