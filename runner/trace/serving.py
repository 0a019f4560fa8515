"""Which threads and processes serve the clients: all of them, and not two alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner.trace.classification import UNKNOWN
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import Conversation, Record
from runner.trace.rules import (
    ONE_AT_A_TIME,
    ONE_THREAD,
    PROCESS_EACH,
    PROCESSES,
    THREAD_EACH,
    THREADS,
)
from runner.trace.served_request import MOST, ServedRequest
from runner.trace.sleeping import asleep
from runner.trace.sockets import Sockets
from runner.trace.watching import Watching

Served = tuple[str, str]
"""By how many threads or processes, in the words of the rules; where that is unknown, why."""


def serves(
    record: Record,
    known: Sockets,
    watching: Watching,
    conversation: Conversation,
    served: Sequence[ServedRequest],
    silent: Sequence[ServedRequest],
) -> Served:
    helped = any(each.notification_means == "completion" for each in silent)
    # Where it is unknown which thread was notified, the helper that copied is no server.
    owners = _owners([e for e in silent if e.notification_means != UNKNOWN] if helped else served)
    serving = set().union(*owners.values()) if owners else set()
    handed = [each for each in silent if each.handed_over]
    if len(handed) > MOST * len(silent):
        # One thread is notified of a client and another copies: neither serves it alone.
        serving |= {each.notification.thread for each in handed if each.notification}
    repliers = [
        each.copy_out.thread for each in silent if each.replied_by_another and each.copy_out
    ]
    if len(serving) == 1 and len(repliers) > MOST * len(silent) and not helped:
        serving |= set(repliers)
    came = min(conversation.opened.values(), default=conversation.began)
    made = {thread for thread, at in record.born.items() if came <= at <= conversation.ended}
    if not serving or (conversation.alone and made & serving):
        return UNKNOWN, _made(made) if serving else "no thread was observed serving a client"
    if conversation.alone:
        return ONE_AT_A_TIME, ""
    beside = max(
        (waiting_alike(record, known, watching, e) for e in silent), key=len, default=set()
    )
    serving |= beside
    processes = {record.process.get(thread, thread) for thread in serving}
    own = all(len(threads) == 1 for threads in owners.values()) and len(serving) == len(owners)
    new = own and all(
        record.born.get(thread, 0) >= conversation.opened.get(client, came)
        for client, threads in owners.items()
        for thread in threads
    )
    several = len(processes) > 1
    if new and len(owners) > 1:
        accepted = len(known.accepted)
        if len(made) < accepted - 1:  # one may be under way
            return (
                UNKNOWN,
                f"{len(made)} threads or processes were created for {accepted} connections",
            )
        return (PROCESS_EACH if several else THREAD_EACH), ""
    if made & serving and not helped:  # others, such as timers, serve no client
        return UNKNOWN, _made(made)
    return ONE_THREAD if len(serving) == 1 else PROCESSES if several else THREADS, ""


def _made(made: set[int]) -> str:
    return f"{len(made)} threads or processes were created for clients, but not one for each"


def _owners(served: Sequence[ServedRequest]) -> dict[str, set[int]]:
    """The threads that served each client: those that copied its bytes, or, where a helper or the
    kernel copies, those that were notified of it."""
    owners: dict[str, set[int]] = {}
    for each in served:
        notified = {each.notification.thread} if each.notification else set()
        threads = {copy.thread for copy in each.copies}
        completed = each.notification_means == "completion"
        owners.setdefault(each.request.client, set()).update(notified if completed else threads)
    return {client: threads for client, threads in owners.items() if threads}


def waiting_alike(
    record: Record, known: Sockets, watching: Watching, each: ServedRequest
) -> set[int]:
    """Threads that slept through the silence in the same multiplexer, which watches connections of
    clients or the place where they arrive."""
    if each.blocks_in not in MULTIPLEXERS:
        return set()
    quiet, sent = each.request.quiet, each.request.sent
    threads: set[int] = set()
    for thread in record.by_thread:
        calls = record.of_thread(thread, quiet, sent)
        if dict(asleep(calls, known, quiet, sent)).get(each.blocks_in, 0.0) < MOST:
            continue
        last = next(call for call in reversed(calls) if kind(call) == each.blocks_in)
        if any(map(known.serves, watching.waits_for(last))):
            threads.add(thread)
    return threads
