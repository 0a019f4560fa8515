"""One request and its reply, as the server's calls show it: which thread blocked, which was
notified, which copied.

It follows from four times: the silence began, the client sent, the bytes were copied into the
server's memory, the server copied the reply out. A notification counts only if it reaches the
thread that copies and names the client's descriptor. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from runner.trace.classification import UNKNOWN
from runner.trace.doubt import Doubt
from runner.trace.kinds import kind
from runner.trace.model import Call, Conversation, Record, Request
from runner.trace.notified import Notification, notification_of
from runner.trace.sleeping import asleep, naps
from runner.trace.sockets import Sockets, about_socket, info_of
from runner.trace.watching import Watching

STALL = 0.05
"""Share of the silence, which is long: a thread that blocked for so much while serving stalled."""
STALLED = 1 / 4
"""Share of the requests."""
MOST, HARDLY, ASIDE = 0.5, 0.05, 0.1
"""Shares of a silence. A thread blocked if it was blocked for MOST of it, and did not block if for
less than HARDLY; it did not wait in one call if it blocked for more than ASIDE in other calls."""


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """The observations of one request. `asleep` is the share of the silence by kind of call in
    which the waiting thread blocked; `stalls` names calls, except the one it waits in, in which a
    serving thread blocked between the request and its reply; `amiss` says why it is unclear how the
    thread was notified or which thread copied."""

    request: Request
    copy_in: Call | None
    copies: tuple[Call, ...]
    copy_out: Call | None
    notification: Notification | None
    notification_means: str
    waiter: int | None
    asleep: tuple[tuple[str, float], ...]
    stalls: tuple[str, ...]
    amiss: Doubt | None = None

    @property
    def handed_over(self) -> bool:
        """Whether a call notified another thread than the one that copied, before it did."""
        return (
            self.notification is not None
            and self.copy_in is not None
            and self.notification_means == UNKNOWN
            and self.notification.thread != self.copy_in.thread
        )

    @property
    def copier(self) -> int | None:
        """The thread that copied most of the bytes."""
        copied = Counter[int]()
        for call in self.copies:
            copied[call.thread] += max(0, call.value or 0)
        return max(copied, key=lambda thread: copied[thread], default=None)

    @property
    def replied_by_another(self) -> bool:
        return (
            self.copy_in is not None
            and self.copy_out is not None
            and self.copy_in.thread != self.copy_out.thread
        )

    @property
    def slept(self) -> float:
        return min(1.0, sum(share for _, share in self.asleep))

    @property
    def blocks_in(self) -> str:
        """The kind of call in which the thread was blocked for most of the silence."""
        if self.waiter is None:
            return UNKNOWN
        if self.slept < HARDLY:
            return "nowhere"
        longest, share = max(self.asleep, key=lambda each: each[1])
        if longest == "pause":
            return longest  # short pauses between whatever else the thread does
        elsewhere = sum(part for name, part in self.asleep if name not in (longest, "lock"))
        return longest if share >= MOST and elsewhere <= ASIDE else UNKNOWN


def stalled(silent: Sequence[ServedRequest]) -> tuple[str, ...]:
    """The calls in which a thread blocked while it served more than a few of the requests: on a
    busy machine any call may take long once."""
    counted = Counter(name for each in silent for name in each.stalls)
    return tuple(sorted(name for name, n in counted.items() if n > STALLED * len(silent)))


def served_request(
    record: Record, known: Sockets, watching: Watching, request: Request
) -> ServedRequest:
    """`record` may hold calls of other times as well."""
    until = request.replied or request.sent
    window = record.between(request.quiet, until)
    about = [call for call in window if known.client(call) == request.client]
    copies = tuple(call for call in about if _copied(call, request.sent, until))
    outs = [call for call in about if kind(call) == "write" and (call.value or 0) > 0]
    copy_out = next((call for call in outs if call.started >= request.sent), None)
    copy_in = copies[0] if copies else None
    answered = copy_out.started if copy_out else until
    notification, means, amiss = notification_of(
        record, known, watching, request, copy_in, answered
    )
    helped = means == "completion" and copy_in is not None
    if copy_in and copy_out and not helped and copy_out.thread != copy_in.thread:
        two = "one thread reads the client's bytes and another replies"
        amiss = amiss or Doubt("unclear", two)
    notified = notification.thread if notification else None
    waiter = copy_in.thread if copy_in and not helped else notified
    spent = _asleep(record, known, request, waiter, copy_in)
    here = max(spent, key=lambda each: each[1], default=("", 0.0))[0]
    serving = {waiter, copy_in.thread if copy_in else None} - {None}
    stalls = _stalls(record, known, serving, request, until, here, copies)
    return ServedRequest(
        request, copy_in, copies, copy_out, notification, means, waiter, spent, stalls, amiss
    )


def _asleep(
    record: Record, known: Sockets, request: Request, waiter: int | None, copy_in: Call | None
) -> tuple[tuple[str, float], ...]:
    """A thread that copies a client's bytes, and blocked in a read of another socket, did not wait
    for that client."""
    calls = record.of_thread(waiter, request.quiet, request.sent)
    spent = asleep(calls, known, request.quiet, request.sent)
    reads = [call for call in calls if kind(call) in ("read", "splice") and about_socket(call)]
    if not reads or copy_in is None or copy_in.thread != waiter:
        return spent
    if not info_of(reads[-1]) or info_of(reads[-1]) == info_of(copy_in):
        return spent
    return tuple(
        (f"{name} of another socket" if name in ("read", "splice") else name, share)
        for name, share in spent
    )


def served_requests(
    record: Record, known: Sockets, watching: Watching, conversation: Conversation
) -> tuple[ServedRequest, ...]:
    return tuple(
        served_request(record, known, watching, e) for e in conversation.requests if e.replied
    )


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
    """Blocking while serving, not waiting: the times of one call are added up and compared with the
    silence, which is long. A read of data that is there does not block."""
    most = STALL * (request.sent - request.quiet)
    names: set[str] = set()
    for thread in serving:
        calls: Sequence[Call] = [
            call
            for call in record.of_thread(thread, request.sent, until)
            if kind(call) not in (here, "lock", "write") and call not in copies
        ]
        spent = naps(calls, known, request.sent, until)
        names |= {name for name, ns in spent.items() if ns >= most}
    return tuple(sorted(names))
