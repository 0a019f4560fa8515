"""How a server serves many clients that send at the same moment. Pure.

Of each message of each round: which thread read it, and which multiplexers had named its client
between the begin of the round and that read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from runner.trace.classification import ServedBurst
from runner.trace.kinds import MULTIPLEXERS, is_notification, kind
from runner.trace.model import Burst, Call, Record
from runner.trace.sleeping import LONG, slept_in
from runner.trace.sockets import Sockets, info_of
from runner.trace.watching import EVENT, Watching

READS = ("read", "splice")
NOTHING, OTHER, UNCLEAR = "nothing", "another thread", "unclear"


def served_burst(record: Record, known: Sockets, watching: Watching, burst: Burst) -> ServedBurst:
    named: Counter[str] = Counter()
    slept = vain = 0
    threads: dict[str, Counter[int]] = {"read": Counter(), "write": Counter()}
    for since, until in burst.rounds:
        within = record.between(since, until)
        reads = [call for call in within if kind(call) in READS and known.is_client(info_of(call))]
        slept += sum(_slept(call, known, since) for call in reads)
        vain += sum(call.error == "EAGAIN" and since <= call.started <= until for call in reads)
        calls = [call for call in within if _moved(call, since)]
        of_clients = [call for call in calls if known.is_client(info_of(call))]
        waits = [call for call in calls if kind(call) in MULTIPLEXERS]
        names = [(call, *_names(watching, call)) for call in waits]
        for call in of_clients:
            threads["write" if kind(call) == "write" else "read"][call.thread] += 1
        first: dict[str, Call] = {}
        for call in of_clients:
            if kind(call) in READS:
                first.setdefault(info_of(call), call)
        named.update(_named(call, names) for call in first.values())
    return ServedBurst(
        clients=burst.clients,
        messages=burst.clients * len(burst.rounds),
        read=named.total(),
        named=dict(named),
        slept=slept,
        vain=vain,
        readers=tuple(number for _, number in threads["read"].most_common()),
        writers=tuple(number for _, number in threads["write"].most_common()),
    )


def _slept(call: Call, known: Sockets, since: int) -> bool:
    """A read that found nothing after a time that the server had set (SO_RCVTIMEO). How long one
    lasted that found bytes says nothing: on a busy machine its thread may have lost its CPU."""
    long = call.took >= LONG and call.started >= since
    return call.error == "EAGAIN" and long and slept_in(call, known)


def _moved(call: Call, since: int) -> bool:
    """Whether it returned within the round, with something: events, or bytes that it took or
    gave."""
    if call.ended is None or call.ended < since or (call.value or 0) <= 0:
        return False
    if kind(call) in MULTIPLEXERS:
        return is_notification(call)
    return kind(call) in (*READS, "write") and "MSG_PEEK" not in " ".join(call.args[2:])


def _names(watching: Watching, call: Call) -> tuple[frozenset[str], bool]:
    """The sockets that the call's answer names, and whether it names something unknown as well."""
    sure, perhaps = watching.ready(call)
    infos = sure | perhaps
    events = len(EVENT.findall(call.args[1])) if kind(call) == "epoll" and len(call.args) > 1 else 0
    return infos, events > len(infos)


def _named(read: Call, names: Iterable[tuple[Call, frozenset[str], bool]]) -> str:
    before = [each for each in names if each[0].started + each[0].took <= read.started]
    own = {kind(call) for call, infos, _ in before
           if call.thread == read.thread and info_of(read) in infos}  # fmt: skip
    if own:
        return "+".join(sorted(own))
    if any(unknown and call.thread == read.thread for call, _, unknown in before):
        return UNCLEAR
    return OTHER if any(info_of(read) in infos for _, infos, _ in before) else NOTHING
