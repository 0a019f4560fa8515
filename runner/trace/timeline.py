"""One request as a timeline in the manner of Stevens, UNP vol. 1, 6.2: wait, then copy. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from runner.trace.classification import Classification
from runner.trace.kinds import kind
from runner.trace.model import Call, Lane, Record, Step, Timeline
from runner.trace.served_request import ServedRequest
from runner.trace.sockets import Sockets

NEWS = {"readiness": "means: it can be read", "completion": "means: it has been read"}


def timeline(
    record: Record, known: Sockets, silent: Sequence[ServedRequest], classification: Classification
) -> Timeline | None:
    """Of the request that took neither the longest nor the shortest time; None without any."""
    whole = sorted((e for e in silent if e.request.replied), key=_took)
    if not whole:
        return None
    each = whole[len(whole) // 2]
    request = each.request
    steps = _named(sorted(_steps(record, known, each), key=lambda step: step.started))
    waits = [step for step in steps if step.phase == "wait"]
    began = max(request.quiet, min((step.started for step in waits), default=request.quiet))
    return Timeline(
        request=request,
        steps=tuple(steps),
        began=began,
        arrived=request.sent,
        wait_ns=max(0, request.sent - began),
        copy_ns=_copy_ns(each),
        total_ns=(request.replied or request.sent) - began,
        title=classification.model,
    )


def _named(steps: Sequence[Step]) -> list[Step]:
    """Each call is its thread's: where there are several, each step says whose it is."""
    callers = dict.fromkeys(step.thread for step in steps if step.lane != "kernel")
    threads = {thread: number for number, thread in enumerate(callers, 1)}
    several = len({step.thread for step in steps if step.lane == "application"}) > 1
    named = []
    for step in steps:
        helper = step.lane == "helper"
        who = f"thread {threads[step.thread]}" if step.lane != "kernel" else ""
        who = f"helper, {who}" if helper else who if several else ""
        named.append(replace(step, who=who))
    return named


def _took(each: ServedRequest) -> int:
    return (each.request.replied or 0) - each.request.sent


def _copy_ns(each: ServedRequest) -> int:
    """In the call that copied, from the arrival on; without such a call until the news of it."""
    sent = each.request.sent
    if each.copy_in is None:
        return each.notification.at - sent if each.notification else 0
    if each.copy_in.started >= sent:
        return each.copy_in.took
    return max(0, (each.copy_in.ended or sent) - sent)


def _steps(record: Record, known: Sockets, each: ServedRequest) -> Iterator[Step]:
    """The calls that matter for this request, and the two events that are no calls."""
    request = each.request
    helped = each.notification_means == "completion" and each.copy_in is not None
    text = request.text
    yield Step("kernel", 0, request.sent, request.sent, "", "", f"“{text}” arrives", "arrival")
    wait = each.notification.call if each.notification else None
    if wait is not None:
        news = NEWS.get(each.notification_means, "")
        yield replace(_step("application", wait, "wait", _blocks(wait)), news=news)
    elif each.notification is not None:
        at, thread = each.notification.at, each.notification.thread
        yield Step("kernel", thread, at, at, "", "", "a signal is delivered", "notification")
    yield from _polled(record, known, each)
    if each.copy_in is not None:
        slept = each.copy_in.started < request.sent
        lane: Lane = "helper" if helped else "application"
        yield _step(lane, each.copy_in, "wait" if slept else "copy", _copied(each.copy_in, slept))
    if each.copy_out is not None:
        lane = "helper" if helped and each.copy_out.thread != each.waiter else "application"
        yield _step(lane, each.copy_out, "reply", "takes the reply")
    elif each.notification is not None:
        after = [
            c
            for c in record.calls
            if c.thread == each.notification.thread and c.started >= each.notification.at
        ]
        if after and kind(after[0]) == "completion" and after[0].started <= (request.replied or 0):
            yield _step(lane="application", call=after[0], phase="reply", kernel="takes the reply")


def _polled(record: Record, known: Sockets, each: ServedRequest) -> Iterator[Step]:
    """All the reads in vain of the silence, as one step."""
    if each.notification is not None:
        return
    vain = [
        call
        for call in record.calls
        if kind(call) == "read" and call.error == "EAGAIN"
        if known.client(call) == each.request.client
        if each.request.quiet <= call.started <= each.request.sent
    ]
    if len(vain) > 1:
        first, last = vain[0], vain[-1]
        ended = last.ended or last.started
        many, nothing = f"EAGAIN, {len(vain):,} times", "no data yet: returns at once"
        yield Step(
            "application", first.thread, first.started, ended, first.name, many, nothing, "wait"
        )


def _step(lane: Lane, call: Call, phase: str, kernel: str) -> Step:
    named = call.shown if kind(call) == "signal" else ""
    result = named or ("?" if call.value is None else call.error or str(call.value))
    ended = call.ended or call.started
    return Step(lane, call.thread, call.started, ended, call.name, result, kernel, phase)


def _blocks(call: Call) -> str:
    name = kind(call)
    if name == "signal":
        return "no signal yet: blocks"
    if name == "completion":
        return "nothing is complete: blocks"
    return "blocks" if name == "lock" else "nothing is ready: blocks"


def _copied(call: Call, slept: bool) -> str:
    return "no data yet: blocks, then copies" if slept else f"copies {call.value} bytes"
