"""One request and its answer, seen from the server's side: who slept, who was told, who copied.

All of it follows from four moments that the clocks give: the silence began, the client sent, the
bytes were copied into the server's memory, the server copied the answer out. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runner.trace.kinds import WAITS, is_news, kind
from runner.trace.model import UNKNOWN, Call, Conversation, Record, Request, Signal
from runner.trace.sockets import Sockets

SLEPT = 0.05
"""A call that lasted so much of the silence slept in it. Under the tracer a call that only asks
lasts a thousandth."""
MOST, HARDLY = 0.5, 0.2
"""Who slept for most of a silence waited asleep; who hardly did, did not."""

NEWS_CODES = ("POLL_IN", "POLL_MSG", "SI_SIGIO", "SI_KERNEL")
_ASYNC = "SI_ASYNCIO"
_NO_NEWS = ("SIGCHLD", "SIGTERM", "SIGINT", "SIGSTOP", "SIGCONT")


@dataclass(frozen=True, slots=True)
class Told:
    """A notification: the return of a call, or a signal that was delivered."""

    thread: int
    at: int
    kind: str
    by: str
    call: Call | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was seen of one request. `asleep` is the share of the silence by kind of call that the
    waiting thread slept in; `stalls` are names of calls, other than the one it waits in, in which
    a thread that serves slept between the request and its answer."""

    request: Request
    copy_in: Call | None
    copies: tuple[Call, ...]
    copy_out: Call | None
    told: Told | None
    tells: str
    waiter: int | None
    asleep: tuple[tuple[str, float], ...]
    stalls: tuple[str, ...]

    @property
    def slept(self) -> float:
        return min(1.0, sum(share for _, share in self.asleep))

    @property
    def sleeps_in(self) -> str:
        """The kind of call that most of the silence was slept in."""
        if self.slept < HARDLY:
            return "nowhere"
        found, share = max(self.asleep, key=lambda each: each[1])
        return found if share >= MOST else UNKNOWN


def exchange(record: Record, known: Sockets, request: Request) -> Exchange:
    """`record` may hold calls of other times as well."""
    until = request.replied or request.sent
    about = [call for call in record.calls if known.client(call) == request.client]
    copies = tuple(call for call in about if _copied(call, "read", request.sent, until))
    outs = [call for call in about if kind(call) == "write" and (call.value or 0) > 0]
    copy_out = next((call for call in outs if call.started >= request.sent), None)
    copy_in = copies[0] if copies else None
    answered = copy_out.started if copy_out else until
    told, tells = _told(record, request, copy_in, answered)
    waiter = told.thread if told else copy_in.thread if copy_in else None
    asleep = _asleep(record.calls, waiter, request.quiet, request.sent)
    here = max(asleep, key=lambda each: each[1], default=("", 0.0))[0]
    serving = {waiter, copy_in.thread if copy_in else None} - {None}
    stalls = _stalls(record.calls, serving, request, until, here)
    return Exchange(request, copy_in, copies, copy_out, told, tells, waiter, asleep, stalls)


def exchanges(record: Record, known: Sockets, said: Conversation) -> tuple[Exchange, ...]:
    return tuple(exchange(record, known, each) for each in said.requests if each.replied)


def _copied(call: Call, wanted: str, since: int, until: int) -> bool:
    """Whether the call moved bytes, and was done in that time."""
    return (
        kind(call) == wanted
        and (call.value or 0) > 0
        and call.ended is not None
        and since <= call.ended
        and call.started <= until
    )


def _told(
    record: Record, request: Request, copy_in: Call | None, answered: int
) -> tuple[Told | None, str]:
    """Before the copy: that it can start (readiness). After it, to another thread than that which
    copied, or without any copy: that it is done (completion). Neither: nothing."""
    news = [
        Told(call.thread, call.ended, kind(call), _by(call), call)
        for call in record.calls
        if is_news(call) and call.ended is not None and request.sent < call.ended <= answered
    ]
    news += [
        Told(signal.thread, signal.at, "signal", "signal", None)
        for signal in record.signals
        if request.sent < signal.at <= answered and _is_news(signal)
    ]
    news.sort(key=lambda told: told.at)
    if copy_in is None:
        done = [told for told in news if told.kind == "completion"]
        return (done[0], "completion") if done else (None, UNKNOWN)
    before = [told for told in news if told.at <= copy_in.started]
    if before:
        return before[-1], "readiness"
    copied = copy_in.ended or copy_in.started
    after = [
        told
        for told in news + _woken(record.calls, request, copied, answered)
        if told.at >= copied and told.thread != copy_in.thread
        if told.call is None or told.call.started < request.sent
    ]
    return (after[0], "completion") if after else (None, "nothing")


def _by(call: Call) -> str:
    found = kind(call)
    return found if found in ("signal", "completion") else "return"


def _is_news(signal: Signal) -> bool:
    return signal.name not in _NO_NEWS and (
        signal.code in NEWS_CODES or signal.code == _ASYNC or signal.name == "SIGIO"
    )


def _woken(calls: Sequence[Call], request: Request, since: int, until: int) -> list[Told]:
    """Threads that slept in a lock through the silence and were woken after the copy: so glibc's
    aio_suspend(3) waits."""
    silence = request.sent - request.quiet
    return [
        Told(call.thread, call.ended, "lock", "return", call)
        for call in calls
        if kind(call) == "lock" and call.value == 0
        if call.ended is not None and since <= call.ended <= until
        if request.sent - max(call.started, request.quiet) >= MOST * silence
    ]


def _asleep(
    calls: Sequence[Call], thread: int | None, since: int, until: int
) -> tuple[tuple[str, float], ...]:
    """Shares of that time by kind of call. Nobody sleeps in a call that says EAGAIN."""
    shares: dict[str, float] = {}
    span = max(1, until - since)
    for call in calls:
        if call.thread != thread or call.error == "EAGAIN":
            continue
        back = until if call.ended is None else call.started + call.took
        inside = min(back, until) - max(call.started, since)
        if inside >= SLEPT * span:
            name = kind(call) or call.name
            shares[name] = shares.get(name, 0.0) + inside / span
    return tuple(sorted(shares.items()))


def _stalls(
    calls: Sequence[Call], serving: set[int | None], request: Request, until: int, here: str
) -> tuple[str, ...]:
    """A sleep that is not that of waiting, in the middle of serving: compared with the silence,
    which is long, and only where it began after the request was there."""
    long = SLEPT * (request.sent - request.quiet)
    found = {
        call.name
        for call in calls
        if call.thread in serving and kind(call) not in (here, "lock", "write")
        if request.sent <= call.started and call.ended is not None and call.ended <= until
        if call.took >= long and (kind(call) in (*WAITS, "read", "pause") or not kind(call))
    }
    return tuple(sorted(found))
