"""The column `untraced`: what /proc showed of a claim while no tracer was there.

Each sighting answers for itself, and one that contradicts is enough: a server that behaves while it
is traced, for its first clients, for a while or below some number of clients does not behave in all
of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.grade.claims import (
    APPLICATION,
    COPIES_BY,
    DONE_BY_RING,
    DONE_BY_SIGNAL,
    EDGE,
    HELPER,
    KERNEL,
    LEVEL,
    NO,
    NONBLOCKING,
    NOTHING,
    NOTIFIED_BY,
    ONE_AT_A_TIME,
    ONE_THREAD,
    PROCESS_EACH,
    PROCESSES,
    READ_RETURNS,
    READY,
    SERVES,
    SIGNALLED,
    THREAD_EACH,
    THREADS,
    WAITS_IN,
    WATCHES,
    YES,
    Demand,
)
from runner.grade.proof.evidence import CheckSighting, Evidence, several
from runner.grade.proof.nobody_waits import NOWHERE, Answer, sentence_of, without_a_waiter
from runner.grade.proof.serving import (
    COMPLETION,
    EPOLL,
    POLL,
    READ,
    SELECT,
    SIGNAL,
    SPLICE,
    served_elsewhere,
    serving,
)
from runner.grade.record import Seen
from runner.plural import number_of
from runner.records.observed import (
    NO_BYTES,
    PEEK,
    Sighting,
    Waiting,
)

COLUMN = "untraced"
TWO = 2
_SETS = (SELECT, POLL, EPOLL)


def untraced(demand: Demand, evidence: Evidence) -> Seen:
    """Each sighting answers for itself, and one that contradicts is enough."""
    lacks = evidence.untraced_lacks
    if lacks:
        return Seen(COLUMN, "", None, lacks)
    if demand.claim == SERVES and (elsewhere := served_elsewhere(evidence)):
        return Seen(COLUMN, THREADS, agrees=False, why=elsewhere)
    answers = [
        (each, _answer(demand, each, evidence.waits))
        for each in evidence.sightings
        if not each.sighting.lacks
    ]
    against = [each for each in answers if each[1][1] is False]
    agreed = [each for each in answers if each[1][1] is True]
    chosen = against or agreed or answers
    word = chosen[0][1][0]
    agrees = False if against else True if agreed else None
    if agrees is None:
        return Seen(COLUMN, "", None, chosen[0][1][2])
    texts = dict.fromkeys(_text(sighted, answer) for sighted, answer in chosen)
    often = f"{len(chosen)} of {number_of(len(answers), 'sighting')}: "
    return Seen(COLUMN, word, agrees, often + several(list(texts)))


def _answer(demand: Demand, sighted: CheckSighting, waits: tuple[str, ...]) -> Answer:
    """A thread that never sleeps while a client waits to be accepted may sleep while all are
    silent: the call that says that there is a client returns at once, again and again."""
    answer = _CLAIMS[demand.claim](demand, sighted.sighting, waits)
    if sighted.unaccepted and answer[0] in (NOWHERE, NOTHING) and answer[1] is False:
        return "", None, "a client waited to be accepted, so not all of them were silent"
    return answer


def _text(sighted: CheckSighting, answer: Answer) -> str:
    return f"{answer[2]} ({sighted.when})"


def _waits_in(demand: Demand, seen: Sighting, waits: tuple[str, ...]) -> Answer:
    waiting = serving(seen, waits)
    others = [each for each in waiting if _differs(each, demand.words)]
    if others:
        return others[0].kind, False, " and ".join(map(sentence_of, others))
    peeks = [each for each in waiting if each.call.endswith((PEEK, NO_BYTES))]
    if peeks and READ in demand.words:
        return "", None, f"{sentence_of(peeks[0])}: that takes no byte, and another thread may copy"
    if waiting:
        return waiting[0].kind, True, sentence_of(waiting[0])
    if seen.moment in ("ready", "loaded"):
        return "", None, "no thread was found waiting for clients"
    if SIGNAL in demand.words and 0 < seen.ends.looked_at == seen.ends.asynchronous:
        return "", None, "each socket sends signals, which interrupt whatever a thread sleeps in"
    return without_a_waiter(demand, seen)


def _differs(each: Waiting, words: tuple[str, ...]) -> bool:
    """A model that reads may wait in poll or select for its one client, and for the end beside
    it."""
    several = each.kind in (POLL, SELECT) and each.descriptors > TWO and READ in words
    return each.kind not in words or several


def _notified_by(demand: Demand, seen: Sighting, waits: tuple[str, ...]) -> Answer:
    waiting = serving(seen, waits)
    kinds = {each.kind for each in waiting}
    ends = seen.ends
    if kinds - {SIGNAL} and 0 < ends.looked_at == ends.asynchronous:
        sockets = f"{ends.asynchronous} of {ends.looked_at} sockets have O_ASYNC"
        why = f"{sockets}, so a signal names the client, such as descriptor {ends.async_fd}"
        return SIGNALLED, SIGNALLED in demand.words, why
    if seen.moment == "loaded" and SIGNAL in kinds:
        return "", None, "whether the sockets send signals is not looked at under load"
    if not kinds:
        word, _, why = _waits_in(demand, seen, waits)
        by = NOTHING if word == NOWHERE else ""
        return by, (by in demand.words) if by else None, why
    if kinds <= {*_SETS}:
        word, why = READY, sentence_of(waiting[0])
    elif kinds <= {READ, SPLICE}:
        word, why = READ_RETURNS, sentence_of(waiting[0])
    elif kinds == {SIGNAL}:
        flagged = seen.ends.asynchronous
        word = SIGNALLED if flagged else DONE_BY_SIGNAL
        why = f"{sentence_of(waiting[0])}; {flagged} of {seen.ends.looked_at} sockets have O_ASYNC"
    elif kinds == {COMPLETION}:
        return _by_ring(demand, seen, waiting[0])
    else:
        return "", None, " and ".join(map(sentence_of, waiting))
    return word, word in demand.words, why


def _by_ring(demand: Demand, seen: Sighting, waiting: Waiting) -> Answer:
    """A ring may wait for readiness as well: what it has pending tells."""
    if seen.reads_pending is None:
        return (
            "",
            None,
            f"{sentence_of(waiting)}; what the ring has pending is not shown by this kernel",
        )
    why = f"{sentence_of(waiting)}; the ring has {seen.reads_pending} reads pending"
    if seen.reads_pending >= seen.connections:
        return DONE_BY_RING, DONE_BY_RING in demand.words, why
    return READY, READY in demand.words, why


def _copies_by(demand: Demand, seen: Sighting, waits: tuple[str, ...]) -> Answer:
    if seen.moment == "loaded":
        return "", None, "which thread copies is not to be seen"
    waiting = serving(seen, waits)
    kinds = {each.kind for each in waiting}
    readers = [each for each in seen.waiting if each.kind in (READ, SPLICE) and each.serves]
    if (seen.reads_pending or 0) >= max(1, seen.connections):
        why = f"a ring has {seen.reads_pending} reads pending"
        return KERNEL, KERNEL in demand.words, why
    if readers and kinds - {READ, SPLICE}:
        return (
            HELPER,
            HELPER in demand.words,
            f"{sentence_of(readers[0])}, and others wait elsewhere",
        )
    if len(kinds) != 1 or kinds == {COMPLETION}:
        return "", None, "which thread copies is not to be seen"
    return (
        APPLICATION,
        APPLICATION in demand.words,
        f"no ring, no other reader: {sentence_of(waiting[0])}",
    )


def _serves(demand: Demand, seen: Sighting, waits: tuple[str, ...]) -> Answer:
    waiting = serving(seen, waits)
    threads = sum(each.threads for each in waiting)
    if threads == 0 or seen.connections < 2:
        return "", None, "no thread was found waiting for clients"
    why = " and ".join(map(sentence_of, waiting))
    if threads == 1:
        reads = waiting[0].kind in (READ, SPLICE)
        word = ONE_AT_A_TIME if reads else ONE_THREAD
        pool = not {THREADS, PROCESSES}.isdisjoint(demand.words)
        return word, None if pool else word in demand.words, why
    single = {ONE_THREAD, ONE_AT_A_TIME}
    if single.issuperset(demand.words):
        return f"{threads} threads", False, why
    apart = seen.processes > 1
    words = {PROCESS_EACH, PROCESSES} if apart else {THREAD_EACH, THREADS}
    agreed = words.intersection(demand.words)
    if not agreed:
        return f"{threads} {'processes' if apart else 'threads'}", False, why
    each = threads >= seen.connections - 1
    sure = agreed <= {THREAD_EACH, PROCESS_EACH} if each else agreed <= {THREADS, PROCESSES}
    return next(iter(agreed)), True if sure else None, why


def _watches(demand: Demand, seen: Sighting, _waits: tuple[str, ...]) -> Answer:
    interest = seen.interest
    if interest is None:
        return "", None, "no epoll descriptor watches a client"
    level = interest.clients - interest.edge
    if level and interest.edge:
        why = (
            f"of {interest.clients} watched clients {interest.edge} have EPOLLET (descriptor "
            f"{interest.edge_fd}), {level} have not (descriptor {interest.level_fd})"
        )
        return "both", False, why
    word, number = (EDGE, interest.edge_fd) if interest.edge else (LEVEL, interest.level_fd)
    has = "have" if interest.edge else "lack"
    why = f"{interest.clients} watched clients {has} EPOLLET, such as descriptor {number}"
    return word, word in demand.words, why


def _nonblocking(demand: Demand, seen: Sighting, _waits: tuple[str, ...]) -> Answer:
    """A socket without the flag can still be read without blocking (MSG_DONTWAIT): only the trace
    shows that, so the missing flag contradicts nothing."""
    ends = seen.ends
    if not ends.looked_at:
        return "", None, "no client's socket was looked at"
    if ends.nonblocking == ends.looked_at:
        return YES, YES in demand.words, f"{ends.looked_at} of {ends.looked_at} have O_NONBLOCK"
    why = (
        f"{ends.looked_at - ends.nonblocking} of {ends.looked_at} sockets lack O_NONBLOCK, such as "
        f"descriptor {ends.blocking}"
    )
    return NO, True if NO in demand.words else None, why


_CLAIMS: Mapping[str, Callable[[Demand, Sighting, tuple[str, ...]], Answer]] = {
    WAITS_IN: _waits_in,
    NOTIFIED_BY: _notified_by,
    COPIES_BY: _copies_by,
    SERVES: _serves,
    WATCHES: _watches,
    NONBLOCKING: _nonblocking,
}
