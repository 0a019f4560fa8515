"""From exchanges to words: each a vote of the requests, unknown where they disagree. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runner.trace.contrast import awake, contradictions, copied_by_ring
from runner.trace.counts import steady
from runner.trace.doubts import doubts
from runner.trace.exchange import Exchange, stalled
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.look import Look
from runner.trace.model import UNKNOWN, Classification, Conversation, Record
from runner.trace.rules import (
    BLOCKING,
    PROCESSES,
    SYNCHRONY,
    THREADS,
    Seen,
    model_of,
    why_not,
)
from runner.trace.serving import serves
from runner.trace.sockets import Sockets, info_of
from runner.trace.split import descriptor
from runner.trace.unwatched import unwatched
from runner.trace.watching import Watching

AGREED = 2 / 3
ASKED_OFTEN = 3
"""Reads in vain in one silence: an edge-triggered server makes one, to drain."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict is made from. `seen` are the exchanges, `silent` those of them that a
    silence went before; `cut` says why the record is not whole, where it is not."""

    record: Record
    known: Sockets
    watching: Watching
    said: Conversation
    seen: Sequence[Exchange]
    silent: Sequence[Exchange]
    look: Look | None = None
    cut: str = ""


def classify(all_of: Evidence) -> Classification:
    record, known, said, silent = all_of.record, all_of.known, all_of.said, all_of.silent
    ring = copied_by_ring(record, all_of.look)
    edges = _edges(all_of)
    served, unserved = serves(record, known, all_of.watching, said, all_of.seen, silent)
    found = Seen(
        blocks_in=_vote(silent, lambda each: each.blocks_in),
        notification_means=_vote(silent, lambda each: each.notification_means),
        notified_by=_vote(silent, _notified_by),
        copied_by=_vote(silent, lambda each: _copies_by(each, ring)),
        concurrency=served,
        multiplexers=_multiplexers(all_of),
        asks=_vote(silent, lambda each: _asks(record, known, each)),
        edges="yes" if edges == "yes" else "no" if edges in ("no", "none") else UNKNOWN,
        stalls="+".join(stalled(silent)) or "none",
        awake=awake(all_of.look),
    )
    against = list(doubts(record, silent, all_of.cut))
    against += contradictions(record, known, said, silent, all_of.look, edges)
    against += unwatched(record, known, all_of.watching, said, silent)
    against += _unanswered(said, served)
    model = UNKNOWN if against else model_of(found)
    if model == UNKNOWN:
        against += [unserved] if unserved else []
        against += [] if against else [why_not(found)]
    return Classification(
        model=model,
        notification_means=found.notification_means,
        synchrony=SYNCHRONY.get(found.copied_by, UNKNOWN),
        blocking=BLOCKING.get(found.blocks_in, UNKNOWN),
        blocks_in=found.blocks_in,
        copied_by=found.copied_by,
        notified_by=found.notified_by,
        concurrency=found.concurrency,
        because=tuple(_because(found, said, silent, all_of.look)),
        unclear="; ".join(dict.fromkeys(against)),
    )


def _vote(silent: Sequence[Exchange], word: Callable[[Exchange], str]) -> str:
    """Of the first client, of the second and of all others each: they must not be served in ways
    that differ."""
    groups: dict[str, Counter[str]] = {}
    for each in silent:
        client = each.request.client
        groups.setdefault(client if client in ("A", "B") else "others", Counter())[word(each)] += 1
    words = {_most(counted) for counted in groups.values()}
    return words.pop() if len(words) == 1 else UNKNOWN


def _most(counted: Counter[str]) -> str:
    word, number = counted.most_common(1)[0]
    return word if number >= AGREED * counted.total() else UNKNOWN


def _copies_by(each: Exchange, ring: bool) -> str:
    if each.copy_in is None:
        return "kernel" if each.notification_means == "completion" and ring else UNKNOWN
    if kind(each.copy_in) == "splice":
        return "splice"
    return "helper" if each.notification_means == "completion" else "application"


def _notified_by(each: Exchange) -> str:
    if each.notification_means == UNKNOWN:
        return UNKNOWN
    if each.told:
        return each.told.by
    words = {"read": "return", "splice": "return", "nowhere": "nothing", "pause": "nothing"}
    return words.get(each.blocks_in, UNKNOWN)


def _multiplexers(all_of: Evidence) -> str:
    """Those that a thread that serves calls, about whatever; of other threads those that are asked
    about clients. A thread that only awaits new ones may do as it likes."""
    serving = {copy.thread for each in all_of.seen for copy in each.copies}
    used: Counter[str] = Counter()
    for call in steady(all_of.record, all_of.said):
        name = kind(call)
        if name in MULTIPLEXERS and (
            call.thread in serving or any(map(all_of.known.is_client, all_of.watching.asked(call)))
        ):
            used[name] += 1
    enough = len(all_of.said.requests) / 2
    return "+".join(name for name in sorted(MULTIPLEXERS) if used[name] >= enough) or "none"


def _asks(record: Record, known: Sockets, each: Exchange) -> str:
    """Of any client: a thread that asks a thousand in turn asks each of them seldom."""
    vain = sum(
        call.error == "EAGAIN" and kind(call) == "read" and known.is_client(info_of(call))
        for call in record.of_thread(each.waiter, each.request.quiet, each.request.sent)
    )
    return "yes" if vain >= ASKED_OFTEN else "no"


def _edges(all_of: Evidence) -> str:
    """How the last epoll_ctl of each client that spoke says that it is watched: yes (by edges), no,
    both, none (not by epoll)."""
    words: set[str] = set()
    for each in all_of.silent:
        if each.told and each.told.call and kind(each.told.call) == "epoll" and each.copy_in:
            call = each.told.call
            epoll = descriptor(call.args[0])[0]
            listed = all_of.watching.interest(call.thread, epoll, each.request.sent)
            mine = [one for one in listed.values() if one.info == info_of(each.copy_in)]
            words |= {"yes" if "EPOLLET" in one.events.split("|") else "no" for one in mine}
    return words.pop() if len(words) == 1 else "both" if words else "none"


def _unanswered(said: Conversation, served: str) -> Iterable[str]:
    """Where one thread serves all, or each client has one, a client that waits is not served."""
    if said.unanswered and not said.alone and served not in (THREADS, PROCESSES):
        yield f"{len(said.unanswered)} further clients were not answered"


def _spent(silent: Sequence[Exchange]) -> str:
    """The shares of all silences by kind of call, for a reader who wonders."""
    total: Counter[str] = Counter()
    for each in silent:
        total.update({name: round(1000 * share) for name, share in each.asleep})
    shares = [f"{name} {n / 1000 / len(silent):.0%}" for name, n in total.most_common(3)]
    return ", ".join(shares) or "no call"


def _because(
    found: Seen, said: Conversation, silent: Sequence[Exchange], look: Look | None
) -> Iterable[str]:
    """The observations, in words."""
    total = len(silent)

    def times(test: Callable[[Exchange], bool]) -> str:
        return f"{sum(map(test, silent))} of {total}"

    slept = times(lambda each: each.blocks_in == found.blocks_in)
    yield {
        "nowhere": f"in {slept} silences the reading thread never blocked",
        UNKNOWN: f"no single call fills most of the silences ({_spent(silent)})",
    }.get(found.blocks_in, f"in {slept} silences the waiting thread blocked in: {found.blocks_in}")
    told = times(lambda each: each.notification_means == found.notification_means)
    yield {
        "readiness": f"{told} notifications came before the copy",
        "completion": f"{told} notifications came after the copy",
        "nothing": f"{told} requests had no notification: the reading call found the bytes",
    }.get(found.notification_means, "it is unclear whether notifications came before or after the copy")
    calls = Counter(each.copy_in.name for each in silent if each.copy_in)
    names = ", ".join(calls) or "no copying call was observed"
    yield f"copied by: {found.copied_by} ({names})"
    if found.multiplexers != "none":
        yield f"multiplexers in use: {found.multiplexers}"
    if found.stalls not in ("none", UNKNOWN):
        yield f"while serving, the thread also blocked in {found.stalls}"
    others = "no other client was answered" if said.alone else "other clients were answered"
    yield f"served by {found.concurrency}; {others} while the first client was silent"
    if said.connected is not None and said.connected < said.watched:
        yield (
            f"{said.connected} of {said.watched} silent connections were established: the server's "
            "listen queue was full"
        )
    if look is not None and look.lacks:
        yield f"the server could not be observed untraced: {look.lacks}"
    elif look is not None:
        yield "untraced, as /proc shows, the server's threads block in the same calls"
