"""From requests to words: each is a vote of the requests, unknown where they disagree. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runner.trace import axes
from runner.trace.classification import UNKNOWN, Classification
from runner.trace.contrast import awake, contradictions, copied_by_ring, starved
from runner.trace.counts import steady
from runner.trace.doubt import Doubt
from runner.trace.doubts import doubts
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.look import Look
from runner.trace.model import Conversation, Record
from runner.trace.nonblocking import reads_nonblocking
from runner.trace.rearming import rearms
from runner.trace.rules import (
    PROCESSES,
    THREADS,
    Observed,
    model_of,
    why_not,
)
from runner.trace.served_request import ServedRequest, stalled
from runner.trace.serving import serves
from runner.trace.sockets import Sockets, info_of
from runner.trace.split import descriptor
from runner.trace.unwatched import unwatched
from runner.trace.watching import Watching

AGREED = 2 / 3
SEVERAL = 2
"""Clients: a call on a single one tells nothing apart."""
WATCHES = {"yes": "edge", "no": "level"}
ASKED_OFTEN = 3
"""Reads with EAGAIN in one silence: an edge-triggered server makes one, to drain its socket."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All input of the classification. `served` are the requests, `silent` those of them after a
    silence; `cut` says why the record is not whole, empty where it is."""

    record: Record
    known: Sockets
    watching: Watching
    conversation: Conversation
    served: Sequence[ServedRequest]
    silent: Sequence[ServedRequest]
    look: Look | None = None
    cut: str = ""


def classify(evidence: Evidence) -> Classification:
    record, known, silent = evidence.record, evidence.known, evidence.silent
    conversation = evidence.conversation
    ring = copied_by_ring(record, evidence.look)
    edges = _edges(evidence)
    served, unserved = serves(
        record, known, evidence.watching, conversation, evidence.served, silent
    )
    observed = Observed(
        blocks_in=_vote(silent, lambda each: each.blocks_in),
        notification_means=_vote(silent, lambda each: each.notification_means),
        notified_by=_vote(silent, _notified_by),
        copied_by=_vote(silent, lambda each: _copies_by(each, ring)),
        concurrency=served,
        multiplexers=_multiplexers(evidence),
        asks=_vote(silent, lambda each: _asks(record, known, each)),
        edges="yes" if edges == "yes" else "no" if edges in ("no", "none") else UNKNOWN,
        stalls="+".join(stalled(silent)) or "none",
        awake=awake(evidence.look),
    )
    against = list(doubts(record, silent, evidence.cut))
    against += contradictions(record, known, conversation, silent, evidence.look, edges)
    against += unwatched(record, known, evidence.watching, conversation, silent)
    against += _unanswered(conversation, served)
    model = UNKNOWN if against else model_of(observed)
    if model == UNKNOWN:
        against += [Doubt("unclear", unserved)] if unserved else []
        against += [] if against else [Doubt("unclear", why_not(observed))]
    field = axes.traced(observed.copied_by, observed.blocks_in)
    return Classification(
        model=model,
        notification_means=observed.notification_means,
        synchrony=field.operation,
        blocking=field.wait,
        blocks_in=observed.blocks_in,
        copied_by=observed.copied_by,
        notified_by=observed.notified_by,
        concurrency=observed.concurrency,
        because=tuple(_because(observed, conversation, silent, evidence.look)),
        unclear="; ".join(dict.fromkeys(doubt.text for doubt in against)),
        doubts=tuple(dict.fromkeys(against)),
        watches=WATCHES.get(edges, edges),
        nonblocking=reads_nonblocking(record, silent),
        multiplexers=tuple(_used(evidence, SEVERAL)),
        stalls=stalled(silent),
        rearmed=rearms(record, silent),
        clients=len({each.request.client for each in evidence.served if each.copies}),
        copiers=len({each.copier for each in evidence.served if each.copies}),
        refused=dict(Counter(call.name for call in record.calls if call.error == "ENOSYS")),
    )


def _vote(silent: Sequence[ServedRequest], word: Callable[[ServedRequest], str]) -> str:
    """One vote of the first client, one of the second and one of all others: if the server treats
    them differently, the word is unknown."""
    groups: dict[str, Counter[str]] = {}
    for each in silent:
        client = each.request.client
        groups.setdefault(client if client in ("A", "B") else "others", Counter())[word(each)] += 1
    words = {_most(counted) for counted in groups.values()}
    return words.pop() if len(words) == 1 else UNKNOWN


def _most(counted: Counter[str]) -> str:
    word, number = counted.most_common(1)[0]
    return word if number >= AGREED * counted.total() else UNKNOWN


def _copies_by(each: ServedRequest, ring: bool) -> str:
    if each.copy_in is None:
        return "kernel" if each.notification_means == "completion" and ring else UNKNOWN
    if kind(each.copy_in) == "splice":
        return "splice"
    return "helper" if each.notification_means == "completion" else "application"


def _notified_by(each: ServedRequest) -> str:
    if each.notification_means == UNKNOWN:
        return UNKNOWN
    if each.notification:
        return each.notification.by
    words = {"read": "return", "splice": "return", "nowhere": "nothing", "pause": "nothing"}
    return words.get(each.blocks_in, UNKNOWN)


def _multiplexers(evidence: Evidence) -> str:
    """Those that a serving thread calls, for any descriptor; of other threads those that watch
    clients. A thread that only accepts connections does not count."""
    return "+".join(_used(evidence, 1)) or "none"


def _used(evidence: Evidence, fewest: int) -> list[str]:
    """Those that are called, for every second request at least, on so many clients at once; or, if
    that is one, by a serving thread."""
    serving = {copy.thread for each in evidence.served for copy in each.copies}
    enough = len(evidence.conversation.requests) / 2
    used: Counter[str] = Counter()
    for call in steady(evidence.record, evidence.conversation):
        name = kind(call)
        if name not in MULTIPLEXERS or used[name] >= enough:
            continue
        counts = fewest == 1 and call.thread in serving
        clients = map(evidence.known.is_client, evidence.watching.waits_for(call))
        used[name] += counts or sum(clients) >= fewest
    return [name for name in sorted(MULTIPLEXERS) if used[name] >= enough]


def _asks(record: Record, known: Sockets, each: ServedRequest) -> str:
    """Reads of any client count: a thread that polls a thousand clients polls each one seldom."""
    vain = sum(
        call.error == "EAGAIN" and kind(call) == "read" and known.is_client(info_of(call))
        for call in record.of_thread(each.waiter, each.request.quiet, each.request.sent)
    )
    return "yes" if vain >= ASKED_OFTEN else "no"


def _edges(evidence: Evidence) -> str:
    """How epoll watches the clients that spoke, by the last epoll_ctl of each: yes
    (edge-triggered), no, both, none (not by epoll)."""
    words: set[str] = set()
    for each in evidence.silent:
        if (
            each.notification
            and each.notification.call
            and kind(each.notification.call) == "epoll"
            and each.copy_in
        ):
            call = each.notification.call
            epoll = descriptor(call.args[0])[0]
            listed = evidence.watching.interest(call.thread, epoll, each.request.sent)
            mine = [one for one in listed.values() if one.info == info_of(each.copy_in)]
            words |= {"yes" if "EPOLLET" in one.events.split("|") else "no" for one in mine}
    return words.pop() if len(words) == 1 else "both" if words else "none"


def _unanswered(conversation: Conversation, served: str) -> Iterable[Doubt]:
    """A client may wait only for a thread of a pool that serves other clients."""
    if conversation.unanswered and not conversation.alone and served not in (THREADS, PROCESSES):
        text = f"{len(conversation.unanswered)} further clients were not answered"
        yield Doubt("unclear", text)


def _spent(silent: Sequence[ServedRequest]) -> str:
    """The shares of all silences by kind of call."""
    total: Counter[str] = Counter()
    for each in silent:
        total.update({name: round(1000 * share) for name, share in each.asleep})
    shares = [f"{name} {n / 1000 / len(silent):.0%}" for name, n in total.most_common(3)]
    return ", ".join(shares) or "no call"


def _because(
    observed: Observed,
    conversation: Conversation,
    silent: Sequence[ServedRequest],
    look: Look | None,
) -> Iterable[str]:
    """The observations as sentences."""
    total = len(silent)

    def times(test: Callable[[ServedRequest], bool]) -> str:
        return f"{sum(map(test, silent))} of {total}"

    slept = times(lambda each: each.blocks_in == observed.blocks_in)
    yield {
        "nowhere": f"in {slept} silences the reading thread never blocked",
        UNKNOWN: f"no single call fills most of the silences ({_spent(silent)})",
    }.get(
        observed.blocks_in,
        f"in {slept} silences the waiting thread blocked in: {observed.blocks_in}",
    )
    notified = times(lambda each: each.notification_means == observed.notification_means)
    yield {
        "readiness": f"{notified} notifications came before the copy",
        "completion": f"{notified} notifications came after the copy",
        "nothing": f"{notified} requests had no notification: the reading call found the bytes",
    }.get(
        observed.notification_means,
        "it is unclear whether notifications came before or after the copy",
    )
    calls = Counter(each.copy_in.name for each in silent if each.copy_in)
    names = ", ".join(calls) or "no copying call was observed"
    yield f"copied by: {observed.copied_by} ({names})"
    if observed.multiplexers != "none":
        yield f"multiplexers in use: {observed.multiplexers}"
    if observed.stalls not in ("none", UNKNOWN):
        yield f"while serving, the thread also blocked in {observed.stalls}"
    others = "no other client was answered" if conversation.alone else "other clients were answered"
    yield f"served by {observed.concurrency}; {others} while the first client was silent"
    if conversation.connected is not None and conversation.connected < conversation.watched:
        yield (
            f"{conversation.connected} of {conversation.watched} idle connections were "
            "established: the server's listen queue was full"
        )
    if look is not None and look.lacks:
        yield f"the server could not be observed untraced: {look.lacks}"
    elif look is not None and starved(look):
        yield "untraced, threads of the server waited for a CPU, so not all were seen to block"
    elif look is not None:
        yield "untraced, as /proc shows, the server's threads block in the same calls"
