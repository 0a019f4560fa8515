"""From exchanges to words: each a vote of the requests, unknown where they disagree. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from runner.trace.counts import counted, steady
from runner.trace.exchange import MOST, Exchange
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import UNKNOWN, Classification, Conversation, Record
from runner.trace.rules import (
    BLOCKING,
    ONE_AT_A_TIME,
    ONE_THREAD,
    PROCESS_EACH,
    PROCESSES,
    SYNCHRONY,
    THREAD_EACH,
    THREADS,
    Seen,
    model_of,
    why_not,
)
from runner.trace.sockets import Sockets
from runner.trace.split import descriptor

AGREED = 2 / 3
ASKED_OFTEN = 3
"""Reads in vain in one silence, of one client: an edge-triggered server makes one, to drain."""


def classify(
    record: Record,
    known: Sockets,
    said: Conversation,
    seen: Sequence[Exchange],
    silent: Sequence[Exchange],
) -> Classification:
    found = Seen(
        sleeps_in=_vote(each.sleeps_in for each in silent),
        tells=_vote(each.tells for each in silent),
        notified_by=_vote(map(_notified_by, silent)),
        copies_by=_vote(map(_copies_by, silent)),
        serves=_serves(record, said, seen, silent),
        multiplexers=_multiplexers(record, known, said),
        asks=_vote(_asks(record, known, each) for each in silent),
        edges=_edges(record, known),
        stalls=_vote("+".join(each.stalls) or "none" for each in silent),
    )
    model = model_of(found)
    return Classification(
        model=model,
        tells=found.tells,
        synchrony=SYNCHRONY.get(found.copies_by, UNKNOWN),
        blocking=BLOCKING.get(found.sleeps_in, UNKNOWN),
        sleeps_in=found.sleeps_in,
        copies_by=found.copies_by,
        notified_by=found.notified_by,
        serves=found.serves,
        because=tuple(_because(found, said, silent)),
        unclear=why_not(found) if model == UNKNOWN else "",
    )


def _vote(words: Iterable[str]) -> str:
    counted = Counter(words)
    if not counted:
        return UNKNOWN
    word, number = counted.most_common(1)[0]
    return word if number >= AGREED * counted.total() else UNKNOWN


def _copies_by(each: Exchange) -> str:
    if each.copy_in is None:
        return "kernel" if each.tells == "completion" else UNKNOWN
    return "helper" if each.tells == "completion" else "application"


def _notified_by(each: Exchange) -> str:
    if each.told:
        return each.told.by
    return {"read": "return", "nowhere": "nothing", "pause": "nothing"}.get(each.sleeps_in, UNKNOWN)


def _serves(
    record: Record, said: Conversation, seen: Sequence[Exchange], silent: Sequence[Exchange]
) -> str:
    """Whom the clients were served by. Where another copies than serves, those who were told."""
    if said.alone:
        return ONE_AT_A_TIME
    owners: dict[str, set[int]] = {}
    served = seen if _vote(map(_copies_by, silent)) == "application" else silent
    for each in served:
        told = {each.told.thread} if each.told else set()
        threads = {copy.thread for copy in each.copies} if served is seen else told
        owners.setdefault(each.request.client, set()).update(threads)
    serving = set().union(*owners.values()) if owners else set()
    if not serving:
        return UNKNOWN
    if len(serving) == 1:
        asleep = max((len(_asleep_alike(record, each)) for each in silent), default=1)
        return THREADS if asleep > 1 else ONE_THREAD
    several = len({record.process.get(thread, thread) for thread in serving}) > 1
    own = all(len(threads) == 1 for threads in owners.values()) and len(serving) == len(owners)
    new = own and all(
        record.born.get(thread, 0) >= said.opened[client]
        for client, threads in owners.items()
        for thread in threads
    )
    if new:
        return PROCESS_EACH if several else THREAD_EACH
    return PROCESSES if several else THREADS


def _asleep_alike(record: Record, each: Exchange) -> set[int]:
    """Threads that slept through the silence in the same multiplexer."""
    silence = each.request.sent - each.request.quiet
    return {
        call.thread
        for call in record.calls
        if kind(call) == each.sleeps_in and kind(call) in MULTIPLEXERS
        if call.started < each.request.sent
        and (call.ended is None or call.ended > each.request.sent)
        if each.request.sent - max(call.started, each.request.quiet) >= MOST * silence
    }


def _multiplexers(record: Record, known: Sockets, said: Conversation) -> str:
    used = Counter(kind(call) for call in counted(steady(record, said), known))
    enough = len(said.requests) / 2
    return "+".join(name for name in sorted(MULTIPLEXERS) if used[name] >= enough) or "none"


def _asks(record: Record, known: Sockets, each: Exchange) -> str:
    vain = sum(
        call.error == "EAGAIN" and known.client(call) == each.request.client
        for call in record.calls
        if kind(call) == "read" and each.request.quiet <= call.started <= each.request.sent
    )
    return "yes" if vain >= ASKED_OFTEN else "no"


def _edges(record: Record, known: Sockets) -> str:
    """Clients alone: a listener may be watched in another way."""
    edges = (
        "EPOLLET" in call.args[3]
        for call in record.calls
        if call.name == "epoll_ctl" and len(call.args) > 3
        if known.by_info.get(descriptor(call.args[2])[1])
    )
    return "yes" if any(edges) else "no"


def _because(found: Seen, said: Conversation, silent: Sequence[Exchange]) -> Iterable[str]:
    """The observations, in words."""
    total = len(silent)

    def times(test: Callable[[Exchange], bool]) -> str:
        return f"{sum(map(test, silent))} of {total}"

    slept = times(lambda each: each.sleeps_in == found.sleeps_in)
    yield {
        "nowhere": f"in {slept} silences the thread that reads never slept",
        UNKNOWN: "where the silences were spent does not show",
    }.get(found.sleeps_in, f"in {slept} silences the thread that waits slept: {found.sleeps_in}")
    told = times(lambda each: each.tells == found.tells)
    yield {
        "readiness": f"{told} times it was told first, and the bytes were copied after that",
        "completion": f"{told} times the bytes had been copied before it was told",
        "nothing": f"{told} times nothing told it: the reading call itself found the bytes",
    }.get(found.tells, "whether it was told before or after the copy does not show")
    calls = Counter(each.copy_in.name for each in silent if each.copy_in)
    names = ", ".join(calls) or "no call that copies was seen"
    yield f"copied by: {found.copies_by} ({names})"
    if found.multiplexers != "none":
        yield f"multiplexers in use: {found.multiplexers}"
    if found.stalls not in ("none", UNKNOWN):
        yield f"it slept while it served, in {found.stalls}"
    others = "no other was answered" if said.alone else "others were answered"
    yield f"served by {found.serves}; {others} while the first client was silent"
