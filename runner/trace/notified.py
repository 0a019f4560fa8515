"""How the thread that copies a client's bytes was notified of them. Pure.

Readiness: before the copy, in the thread that copies, a call returned or a signal came that names
the client's descriptor. Completion: after the copy, another thread was notified by the helper of
POSIX AIO that had copied, or a ring of io_uring had a result. Nothing: the reading call itself
waited or polled. Any other case is unknown, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.trace.classification import UNKNOWN
from runner.trace.doubt import Doubt, Sort
from runner.trace.glibc import not_of_glibc
from runner.trace.kinds import is_notification, kind
from runner.trace.model import Call, Record, Request, Signal
from runner.trace.parse import signal_code
from runner.trace.signalfd import descriptor_of, reads_signals, several
from runner.trace.sockets import Sockets, info_of
from runner.trace.split import descriptor
from runner.trace.watching import Watching

MOST = 0.5
_ASYNC = "SI_ASYNCIO"
_BY_KERNEL = "SI_KERNEL"
_TIMERS = ("SIGALRM", "SIGVTALRM", "SIGPROF")
"""Sent by the kernel, they mean that a timer expired, and nothing about a client."""
_AGAIN = ("ERESTARTSYS", "ERESTARTNOINTR", "EINTR")
_QUEUED = ("rt_sigqueueinfo", "rt_tgsigqueueinfo")


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification: the return of a call, or a signal that was delivered."""

    thread: int
    at: int
    kind: str
    by: str
    call: Call | None


Notified = tuple[Notification | None, str, Doubt | None]
"""The notification, what it means (readiness, completion, nothing, unknown), and why unknown."""


def _unknown(
    text: str, sort: Sort = "unclear", notification: Notification | None = None
) -> Notified:
    return notification, UNKNOWN, Doubt(sort, text)


def notification_of(
    record: Record,
    known: Sockets,
    watching: Watching,
    request: Request,
    copy_in: Call | None,
    answered: int,
) -> Notified:
    if copy_in is None:
        return _without_a_copy(record, request, answered)
    calls = [
        call
        for call in record.between(request.quiet, copy_in.started)
        if is_notification(call) and call.ended is not None and request.sent < call.ended
        # Of another thread it is known by when it had returned, and that may be its next call.
        if call.started + call.took <= copy_in.started
    ]
    signals = [each for each in record.signals if request.sent < each.at <= copy_in.started]
    if info_of(copy_in) in known.files:
        return _by_helper(record, request, copy_in, answered)
    own = [call for call in calls if call.thread == copy_in.thread]
    named = [call for call in own if _names(call, watching, copy_in)]
    named_by = [each for each in signals if _signals(each, known, copy_in) and known.handles(each)]
    forged = [
        call
        for call in record.between(request.quiet, copy_in.started)
        if call.name in _QUEUED and ("POLL_" in call.args[-1] or "si_code=0x1" in call.args[-1])
    ]
    if forged:
        return _unknown("the server itself sent a signal that imitates the kernel's", "unnamed")
    candidates = [_of_call(call) for call in named]
    candidates += [
        Notification(each.thread, each.at, "signal", "signal", None)
        for each in named_by
        if each.thread == copy_in.thread
    ]
    if candidates:
        return max(candidates, key=lambda each: each.at), "readiness", None
    return _of_something_else(own, calls, signals, watching, copy_in, record, known)


def _of_something_else(
    own: list[Call],
    calls: list[Call],
    signals: list[Signal],
    watching: Watching,
    copy_in: Call,
    record: Record,
    known: Sockets,
) -> Notified:
    """No notification of the client's descriptor reached the thread that copies."""
    if own:
        last = own[-1]
        if kind(last) == "epoll" and info_of(copy_in) in watching.ready(last)[1]:
            return _unknown(f"{last.name} returned data that is registered for several descriptors")
        if reads_signals(last) and several(last):
            return _unknown(f"{last.name} returned several signals, of which the first is shown")
        what = f"{last.name} returned before the copy and does not name the client's descriptor"
        return _unknown(what, "unnamed")
    others = [c for c in calls if c.thread != copy_in.thread and _names(c, watching, copy_in)]
    if others:
        name = others[-1].name
        text = f"{name} notified another thread than the one that copies"
        return _unknown(text, notification=_of_call(others[-1]))
    mine = [
        each
        for each in signals
        if each.thread == copy_in.thread and each.code in (_BY_KERNEL, _ASYNC)
        if not (each.name in _TIMERS or _only_interrupts(each, record, copy_in))
    ]
    if mine:
        handled = known.handles(mine[-1])
        amiss = (
            "does not name the client's descriptor" if handled else "is ignored: no handler runs"
        )
        return _unknown(f"{mine[-1].name} {amiss}", "unnamed")
    return None, "nothing", None


def _only_interrupts(signal: Signal, record: Record, copy_in: Call) -> bool:
    """Whether the thread was in the call that copies already, and went on with it."""
    before = record.of_thread(signal.thread, signal.at, signal.at)[:1]
    return any(
        call.name == copy_in.name
        and call.args[:1] == copy_in.args[:1]
        and call.error in _AGAIN
        and call.started < signal.at
        for call in before
    )


def _of_call(call: Call) -> Notification:
    name = kind(call)
    by = name if name in ("signal", "completion") else "return"
    return Notification(call.thread, call.ended or call.started, name, by, call)


def _names(call: Call, watching: Watching, copy_in: Call) -> bool:
    """Whether the call's answer is about the descriptor that the copy is made from."""
    name = kind(call)
    if reads_signals(call):
        return descriptor_of(call) == descriptor(copy_in.args[0])[0]
    if name == "signal":
        _, about = signal_code(" ".join(call.args))
        return about >= 0 and about == descriptor(copy_in.args[0])[0]
    if name == "completion":
        return False
    return info_of(copy_in) in watching.ready(call)[0]


def _signals(signal: Signal, known: Sockets, copy_in: Call) -> bool:
    """A SIGIO without F_SETSIG names no descriptor; then the client's must have O_ASYNC."""
    if signal.fd >= 0:
        return signal.fd == descriptor(copy_in.args[0])[0]
    plain = signal.name == "SIGIO" and signal.code in (_BY_KERNEL, "SI_SIGIO", "POLL_IN")
    return plain and info_of(copy_in) in known.asynchronous


def _without_a_copy(record: Record, request: Request, answered: int) -> Notified:
    done = [
        _of_call(call)
        for call in record.between(request.quiet, answered)
        if kind(call) == "completion" and is_notification(call)
        if call.ended is not None and request.sent < call.ended <= answered
    ]
    rings = [each for each in done if each.call and each.call.name == "io_uring_enter"]
    if rings:
        return rings[0], "completion", None
    return _unknown("no call that copies the client's bytes was observed")


def _by_helper(record: Record, request: Request, copy_in: Call, answered: int) -> Notified:
    """The thread that copied is glibc's; it notifies by a signal or wakes a blocked thread."""
    if amiss := not_of_glibc(record, copy_in.thread):
        return _unknown(amiss, "unnamed")
    copied = copy_in.ended or copy_in.started
    window = record.between(request.quiet, answered)
    sent = [
        call
        for call in window
        if call.thread == copy_in.thread and call.name in _QUEUED
        if call.started >= copied and _ASYNC in call.args[-1]
    ]
    after: list[Notification] = []
    for call in window:
        if call.thread == copy_in.thread or call.ended is None or call.ended < copied:
            continue
        if call.started >= request.sent or call.ended > answered:
            continue
        signalled = (
            kind(call) == "signal" and is_notification(call) and _ASYNC in " ".join(call.args)
        )
        if sent and signalled:
            after.append(_of_call(call))
        elif kind(call) == "lock" and call.value == 0 and _long(call, request):
            after.append(Notification(call.thread, call.ended, "lock", "return", call))
    after += [
        Notification(each.thread, each.at, "signal", "signal", None)
        for each in record.signals
        if sent and each.code == _ASYNC and each.thread != copy_in.thread
        if copied <= each.at <= answered
    ]
    if after:
        return min(after, key=lambda each: each.at), "completion", None
    return _unknown(
        "a POSIX AIO helper copied the bytes, but no notification of a waiting thread was observed"
    )


def _long(call: Call, request: Request) -> bool:
    silence = request.sent - request.quiet
    return request.sent - max(call.started, request.quiet) >= MOST * silence
