"""What the bursts of a trace say against a claim: rounds in which many clients send at once.

A server may follow its model while one client sends after the other, and serve a burst in another
way. In a burst too the call that returns must name the client that is read next, and the thread to
which it is named must be the one that reads. A few exceptions are honest: a server that reads until
its sockets are empty finds some messages before the next return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.grade.claims import (
    APPLICATION,
    COPIES_BY,
    KERNEL,
    NOTIFIED_BY,
    ONE_THREAD,
    PROCESS_EACH,
    READY,
    SERVES,
    THREAD_EACH,
    THREADS,
    WAITS_IN,
    Demand,
)
from runner.plural import number_of
from runner.records.observed import BurstServed

NOTHING, OTHER, UNCLEAR = "nothing", "another thread", "unclear"
"""The words of runner/trace/burst.py for what named a client."""
SHARE = 0.25
"""Of the messages: so many in another way are no exception."""
ASIDE = 0.1
"""Of the calls that move bytes: so many in another thread are no exception."""
BESIDE_A_RING = 0.03
"""Of the messages: a ring that reads leaves no call to read them."""


def against_in_a_burst(
    demand: Demand, served: BurstServed, waits: tuple[str, ...], serves: tuple[str, ...]
) -> Iterator[str]:
    if not served.messages:
        return
    burst = f"in a burst of messages from {number_of(served.clients, 'client')}"
    ready = {*waits} <= {"select", "poll", "epoll"}
    if demand.claim == WAITS_IN and ready:
        for name, number in _other_multiplexers(served.named, waits).items():
            if number > SHARE * served.messages:
                yield f"{burst}, {name} named the clients of {number} of {served.messages} messages"
        if served.slept > SHARE * served.messages:
            times = number_of(served.slept, "time")
            yield f"{burst}, it slept in reads of clients that had sent nothing, {times}"
    if demand.claim == NOTIFIED_BY and demand.words == (READY,) and ready:
        unnamed = served.named.get(NOTHING, 0) if _spins(served) else 0
        unnamed += 0 if THREADS in serves else served.named.get(OTHER, 0)
        if unnamed > SHARE * served.messages:
            yield (
                f"{burst}, a thread read {unnamed} of {served.messages} messages though no call "
                "had named their clients to it"
            )
    if demand.claim == COPIES_BY:
        yield from (f"{burst}, {text}" for text in _copies(demand, served))
    if demand.claim == SERVES:
        yield from (f"{burst}, {text}" for text in _serves(demand, served))


def _serves(demand: Demand, served: BurstServed) -> Iterator[str]:
    if demand.words == (ONE_THREAD,):
        for verb, calls in (("read from", served.readers), ("wrote to", served.writers)):
            if sum(calls[1:]) > ASIDE * sum(calls):
                yield f"{len(calls)} threads {verb} clients ({_shares(calls)} calls)"
    elif {THREAD_EACH, PROCESS_EACH}.issuperset(demand.words):
        readers = len(served.readers)
        if 0 < readers < served.clients / 2:
            yield f"{number_of(readers, 'thread')} read the messages of all these clients"


def _spins(served: BurstServed) -> bool:
    """Whether it reads in vain more often than once for each message that a call names later. A
    server may try to read once after each reply, and wait where there is nothing (asyncio's
    sock_recv): no call names a message that has come meanwhile."""
    named = served.messages - served.named.get(NOTHING, 0)
    return served.vain > named + SHARE * served.messages


def _other_multiplexers(named: Mapping[str, int], waits: tuple[str, ...]) -> dict[str, int]:
    """How many messages were named by none of the calls that the model waits in. Only epoll returns
    data that may stand for no known descriptor."""
    found: dict[str, int] = {}
    for said, number in named.items():
        names = "epoll" if said == UNCLEAR else said
        if names not in (NOTHING, OTHER) and not {*waits}.intersection(names.split("+")):
            found[names] = found.get(names, 0) + number
    return found


def _copies(demand: Demand, served: BurstServed) -> Iterator[str]:
    if demand.words == (KERNEL,) and served.read > BESIDE_A_RING * served.messages:
        yield f"calls of its own read {served.read} of {served.messages} messages"
    missing = served.messages - served.read
    if APPLICATION in demand.words and missing > SHARE * served.messages:
        yield f"no call read {missing} of {served.messages} messages"


def _shares(calls: tuple[int, ...]) -> str:
    most = 4
    shown = ", ".join(map(str, calls[:most]))
    return f"{shown} and fewer" if len(calls) > most else shown
