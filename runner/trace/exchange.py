"""One request and its answer, seen from the server's side: which thread slept, which was notified,
which copied.

All of it follows from four moments that the clocks give: the silence began, the client sent, the
bytes were copied into the server's memory, the server copied the answer out. A notification counts
where it reaches the thread that copies and names the client's descriptor. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from runner.trace.kinds import kind
from runner.trace.model import UNKNOWN, Call, Conversation, Record, Request
from runner.trace.notified import Told, notification
from runner.trace.sleeping import asleep, naps
from runner.trace.sockets import Sockets
from runner.trace.watching import Watching

STALL = 0.05
"""Share of the silence, which is long: a thread that slept so much while it served stalled."""
STALLED = 1 / 4
"""Share of the requests."""
MOST, HARDLY, ASIDE = 0.5, 0.05, 0.1
"""A thread that slept for most of a silence waited asleep; one that hardly did, did not; and one
that slept elsewhere for more than the last did not wait in one call."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was seen of one request. `asleep` is the share of the silence by kind of call that the
    waiting thread slept in; `stalls` are names of calls, other than the one it waits in, in which
    a thread that serves slept between the request and its answer; `amiss` says why it was not
    decided how the thread was notified or which copied."""

    request: Request
    copy_in: Call | None
    copies: tuple[Call, ...]
    copy_out: Call | None
    told: Told | None
    notification_means: str
    waiter: int | None
    asleep: tuple[tuple[str, float], ...]
    stalls: tuple[str, ...]
    amiss: str = ""

    @property
    def slept(self) -> float:
        return min(1.0, sum(share for _, share in self.asleep))

    @property
    def blocks_in(self) -> str:
        """The kind of call that most of the silence was slept in."""
        if self.waiter is None:
            return UNKNOWN
        if self.slept < HARDLY:
            return "nowhere"
        found, share = max(self.asleep, key=lambda each: each[1])
        if found == "pause":
            return found  # naps, however short, between whatever else it does
        elsewhere = sum(part for name, part in self.asleep if name not in (found, "lock"))
        return found if share >= MOST and elsewhere <= ASIDE else UNKNOWN


def stalled(silent: Sequence[Exchange]) -> tuple[str, ...]:
    """The calls in which a thread slept while it served, in more than a few of the requests: on a
    busy machine any call may take long once."""
    counted = Counter(name for each in silent for name in each.stalls)
    return tuple(sorted(name for name, n in counted.items() if n > STALLED * len(silent)))


def exchange(record: Record, known: Sockets, watching: Watching, request: Request) -> Exchange:
    """`record` may hold calls of other times as well."""
    until = request.replied or request.sent
    window = record.between(request.quiet, until)
    about = [call for call in window if known.client(call) == request.client]
    copies = tuple(call for call in about if _copied(call, request.sent, until))
    outs = [call for call in about if kind(call) == "write" and (call.value or 0) > 0]
    copy_out = next((call for call in outs if call.started >= request.sent), None)
    copy_in = copies[0] if copies else None
    answered = copy_out.started if copy_out else until
    told, tells, amiss = notification(record, known, watching, request, copy_in, answered)
    helped = tells == "completion" and copy_in is not None
    if copy_in and copy_out and not helped and copy_out.thread != copy_in.thread:
        amiss = amiss or "one thread reads the client's bytes and another replies"
    waiter = copy_in.thread if copy_in and not helped else told.thread if told else None
    spent = asleep(
        record.of_thread(waiter, request.quiet, request.sent), known, request.quiet, request.sent
    )
    here = max(spent, key=lambda each: each[1], default=("", 0.0))[0]
    serving = {waiter, copy_in.thread if copy_in else None} - {None}
    stalls = _stalls(record, known, serving, request, until, here, copies)
    return Exchange(request, copy_in, copies, copy_out, told, tells, waiter, spent, stalls, amiss)


def exchanges(
    record: Record, known: Sockets, watching: Watching, said: Conversation
) -> tuple[Exchange, ...]:
    return tuple(exchange(record, known, watching, e) for e in said.requests if e.replied)


def _copied(call: Call, since: int, until: int) -> bool:
    """Whether the call moved the client's bytes out of its socket, and was done in that time."""
    return (
        kind(call) in ("read", "splice")
        and (call.value or 0) > 0
        and "MSG_PEEK" not in " ".join(call.args[2:])
        and call.ended is not None
        and since <= call.ended
        and call.started <= until
    )


def _stalls(
    record: Record,
    known: Sockets,
    serving: set[int | None],
    request: Request,
    until: int,
    here: str,
    copies: tuple[Call, ...],
) -> tuple[str, ...]:
    """Sleeps that are not that of waiting, in the middle of serving: those of one call are added
    up and compared with the silence, which is long. A read of what is there is none."""
    most = STALL * (request.sent - request.quiet)
    found: set[str] = set()
    for thread in serving:
        calls: Sequence[Call] = [
            call
            for call in record.of_thread(thread, request.sent, until)
            if kind(call) not in (here, "lock", "write") and call not in copies
        ]
        spent = naps(calls, known, request.sent, until)
        found |= {name for name, ns in spent.items() if ns >= most}
    return tuple(sorted(found))
