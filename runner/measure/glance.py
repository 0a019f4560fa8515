"""A look at a server at one moment of a trial, outside its window: `Sighting` of its record.

The moments are those that no server can tell from others: all connections of the trial are held,
thousands of requests have been answered, and no tracer is there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from random import Random

from runner.engine.accounting import descendants
from runner.engine.as_owner import as_owner
from runner.engine.box import Running
from runner.measure.asleep import Sleep, Thread, awaited, target, threads_of
from runner.measure.descriptors import O_ASYNC, O_NONBLOCK, Connections, Descriptors, connections
from runner.measure.looking import Looker, Observed
from runner.plural import number_of
from runner.records.observed import AT_TIMES, RUNNING, Ends, Interest, Sighting, Waiting
from runner.trace.contrast import READ_OPS
from runner.trace.look import label

SAMPLES, EACH_SECONDS = 8, 0.004
"""How often a silent server's threads are looked at: a thread that wakes every few milliseconds is
found asleep in some of the samples, one that never sleeps in none."""
LOADED_SAMPLES = 4
FEWEST = 4
"""Clients for each thread, below which the number of descriptors says nothing."""
TRIES = 5
LOOKED_AT = 16
"""Descriptors of one call whose kind is looked at."""
_ENDS_OF_PROCESSES = ("pidfd:", "anon_inode:[pidfd]")
_SETS = ("select", "poll")
_READS = ("read", "splice")


def glance(server: Running, port: int, moment: str, seed: int) -> Sighting:
    """While all clients are silent: some 35 ms, and longer with ten thousand connections."""
    looker = _sampled(server, SAMPLES)
    if not looker.lacks:
        looker.tables()
    return sighting_of(looker, looker.short, port, moment, seed)


def glance_loaded(server: Running, held: int, most_seconds: float) -> Sighting | None:
    """While requests come from `held` connections, and only where threads sleep: the rest would
    cost milliseconds. None where the time is too short."""
    samples = min(LOADED_SAMPLES, int(most_seconds / EACH_SECONDS))
    if not samples:
        return None
    looker = _sampled(server, samples)
    if lacks := looker.lacks or looker.hides:
        return Sighting("loaded", lacks=lacks)
    with as_owner(looker.pid):
        return _sighting(looker, looker.short, "loaded", Connections(), held)


def _sampled(server: Running, samples: int) -> Looker:
    looker = Looker(server.pid)
    looker.before(time.monotonic_ns())
    for _ in range(samples):
        time.sleep(EACH_SECONDS)
        looker.during()
    looker.finish(time.monotonic_ns())
    return looker


def sighting_of(looker: Looker, observed: Observed, port: int, moment: str, seed: int) -> Sighting:
    """What was `observed`, with the descriptors that `looker` read last."""
    lacks = looker.lacks or looker.hides
    try:
        known = Connections() if lacks else connections(looker.pid, port)
    except OSError as error:
        lacks = f"{error.filename}: {error.strerror}"
    if lacks:
        return Sighting(moment, lacks=lacks)
    with as_owner(looker.pid):
        return _of_descriptors(looker, observed, known, moment, seed)


def _of_descriptors(
    looker: Looker, observed: Observed, known: Connections, moment: str, seed: int
) -> Sighting:
    table, clients = looker.table, known.clients
    return replace(
        _sighting(looker, observed, moment, known, len(clients)),
        ends=_ends(table, clients, Random(f"{seed} {moment}")),  # noqa: S311 - no secret
        interest=_interest(table, clients),
        reads_pending=_reads(table),
        outgoing=len(known.others.intersection(table.sockets.values())),
    )


def _sighting(
    looker: Looker, observed: Observed, moment: str, known: Connections, held: int
) -> Sighting:
    processes = (looker.pid, *descendants(looker.pid))
    return Sighting(
        moment=moment,
        connections=held,
        processes=len(processes),
        threads=sum(1 for _ in threads_of(processes)),
        samples=observed.looks,
        waiting=tuple(_waiting(observed, looker.table, known, held)),
    )


def _ends(table: Descriptors, clients: frozenset[int], random: Random) -> Ends:
    ends = table.ends(clients, random)
    return Ends(
        looked_at=len(ends),
        nonblocking=sum(bool(each.flags & O_NONBLOCK) for each in ends),
        asynchronous=sum(bool(each.flags & O_ASYNC) for each in ends),
        blocking=next((each.number for each in ends if not each.flags & O_NONBLOCK), -1),
        async_fd=next((each.number for each in ends if each.flags & O_ASYNC), -1),
    )


def _interest(table: Descriptors, clients: frozenset[int]) -> Interest | None:
    names = {f"socket:[{inode}]" for inode in clients}
    watched = [
        (number, each.events.split("|"))
        for listed in table.lists.values()
        for number, each in listed.items()
        if each.info in names
    ]
    if not watched:
        return None
    return Interest(
        clients=len(watched),
        edge=sum("EPOLLET" in events for _, events in watched),
        oneshot=sum("EPOLLONESHOT" in events for _, events in watched),
        edge_fd=next((number for number, events in watched if "EPOLLET" in events), -1),
        level_fd=next((number for number, events in watched if "EPOLLET" not in events), -1),
    )


def _reads(table: Descriptors) -> int | None:
    return None if table.pending is None else sum(each in READ_OPS for each in table.pending)


def _waiting(
    observed: Observed, table: Descriptors, known: Connections, held: int
) -> Iterable[Waiting]:
    """The threads, those together that waited alike."""
    alike: dict[tuple[str, str, bool | None], list[tuple[Thread, Sleep, int]]] = {}
    labelled = {thread: _labelled(observed, thread) for thread in observed.samples}
    kinds = Counter(sleep.kind for sleep in labelled.values())
    own = _own_threads(labelled, table, known) >= held
    for thread, sleep in labelled.items():
        share = 0.0 if own else held / kinds[sleep.kind]
        serves, several = _serves(thread, sleep, table, known, share)
        alike.setdefault((sleep.kind, sleep.call, serves), []).append((thread, sleep, several))
    for (kind, call, waits), threads in sorted(alike.items(), key=str):
        first, sleep, several = threads[0]
        yield Waiting(
            kind=kind,
            threads=len(threads),
            call=call,
            on=_on(sleep, several),
            thread=first[1],
            descriptors=max(each for _, _, each in threads),
            serves=waits,
            ran=observed.share(sum(observed.ran[thread] for thread, *_ in threads)),
        )


def _own_threads(labelled: Mapping[Thread, Sleep], table: Descriptors, known: Connections) -> int:
    """How many threads sleep in a read of a client. As many as there are clients: then a thread
    that waits for none of these passes no bytes on, however many pipes and sockets to processes of
    the server it watches. Under load a thread that runs may be one of them too."""
    if not known.clients:
        return sum(each.kind in (*_READS, RUNNING, AT_TIMES) for each in labelled.values())
    return sum(
        each.kind in _READS and _clients(thread, [each.about], table, known)
        for thread, each in labelled.items()
    )


def _labelled(observed: Observed, thread: Thread) -> Sleep:
    sleeps = observed.sleeps.get(thread, Counter())
    kind = label(sleeps, observed.samples[thread]) or (AT_TIMES if sleeps else RUNNING)
    return observed.calls.get((thread, kind), Sleep(kind))


def _serves(
    thread: Thread, sleep: Sleep, table: Descriptors, known: Connections, share: float
) -> tuple[bool | None, int]:
    """Whether clients are among what the thread waits for, and how many descriptors those are.
    `share` are the clients for each thread of its kind, 0 where each has a thread of its own: one
    that waits for half as many descriptors passes their bytes on, or takes them from a thread that
    does. Where the memory of the server
    cannot be read, poll says how many they are, and select below which number."""
    if sleep.kind in _READS:
        return _clients(thread, [sleep.about], table, known), 1
    if sleep.kind == "epoll":
        numbers: Collection[int] = table.watched(thread[0], sleep.about)
    elif sleep.kind not in _SETS:
        return True, 0
    elif (found := _awaited(thread)) is not None:
        numbers = found
    else:
        # select says below which number the descriptors are, and not how many.
        several = sleep.about if sleep.kind == "poll" else 0
        return (True if 2 * sleep.about >= share >= FEWEST else None), several
    relays = 2 * _carrying(thread, numbers) >= share >= FEWEST
    return relays or _clients(thread, numbers, table, known), len(numbers)


def _carrying(thread: Thread, numbers: Collection[int]) -> float:
    """How many of the descriptors may bring bytes. Those that announce the end of a child process
    bring none: a server with a process for each client may wait for all of them. Some are looked
    at, as under load each costs time."""
    some = sorted(numbers)[:: max(1, len(numbers) // LOOKED_AT)]
    if not some:
        return 0.0
    ends = sum(target(thread, number).startswith(_ENDS_OF_PROCESSES) for number in some)
    return len(numbers) * (1 - ends / len(some))


def _awaited(thread: Thread) -> frozenset[int] | None:
    """A thread that wakes every few milliseconds may do so while its memory is read."""
    return next((found for _ in range(TRIES) if (found := awaited(thread)) is not None), None)


def _clients(
    thread: Thread, numbers: Iterable[int], table: Descriptors, known: Connections
) -> bool:
    """Whether one of the descriptors is a client's, or, while there is none, where clients arrive.
    Without the table of descriptors that is not known, and then no thread is accused."""
    inodes = {table.sockets.get((thread[0], number)) for number in numbers}
    return not inodes.isdisjoint(known.clients or known.listeners)


def _on(sleep: Sleep, several: int) -> str:
    if sleep.kind == "select" and not several:
        return f"descriptors below {sleep.about}"
    if sleep.kind in _SETS:
        return number_of(several, "descriptor")
    return f"descriptor {sleep.about}" if sleep.kind in (*_READS, "epoll") else ""
