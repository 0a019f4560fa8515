"""Counts of the calls between the first request and the last reply. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from runner.trace.kinds import WAITS, kind, tried_to_read
from runner.trace.libraries import event_loops
from runner.trace.model import Call, Conversation, Counts, Record
from runner.trace.served_request import ServedRequest
from runner.trace.sockets import Sockets
from runner.trace.split import descriptor
from runner.trace.syscall_bytes import syscall_bytes

_ON_SOCKETS = ("read", "write", "accept", "control")
_ALWAYS = (*WAITS, "pause")


def steady(record: Record, conversation: Conversation) -> list[Call]:
    """The calls from the first silence to the last reply: no connecting, no closing."""
    return [
        call for call in record.calls if conversation.began <= call.started <= conversation.ended
    ]


def counted(calls: Sequence[Call], known: Sockets) -> list[Call]:
    """Those that belong to serving: an interpreter also maps memory and passes its lock around."""
    return [
        call
        for call in calls
        if kind(call) in _ALWAYS
        or (kind(call) in _ON_SOCKETS and known.concerns(call))
        or call.name in ("rt_sigqueueinfo", "rt_tgsigqueueinfo", "io_submit")
    ]


def counts(
    record: Record,
    known: Sockets,
    conversation: Conversation,
    served: Sequence[ServedRequest],
    silent: Sequence[ServedRequest],
) -> Counts:
    """`silent` are those of the `served` requests that came after a silence."""
    calls = counted(steady(record, conversation), known)
    requests = max(1, len(served))
    names = Counter(call.name for call in calls)
    tried = [call for call in calls if tried_to_read(call) and known.concerns(call)]
    failed = [call for call in tried if call.error == "EAGAIN"]
    notified = [each for each in silent if each.notification]
    came = min(conversation.opened.values(), default=conversation.began)
    born = [thread for thread, at in record.born.items() if at >= came]
    processes = sum(record.process.get(thread) == thread for thread in born)
    return Counts(
        requests=len(served),
        calls={name: number / requests for name, number in sorted(names.items())},
        eagain_share=len(failed) / len(tried) if tried else None,
        syscall_bytes=syscall_bytes(calls),
        reader_threads=len({copy.thread for each in served for copy in each.copies}),
        copies_after_notification=fmean(map(_after, notified)) if notified else None,
        wait_blocked_share=median(each.slept for each in silent) if silent else 0.0,
        new_threads=len(born) - processes,
        new_processes=processes,
        epoll_mmaps=sum(map(_maps_epoll, record.calls)),
        event_loops=event_loops(record),
    )


def _after(each: ServedRequest) -> int:
    at = each.notification.at if each.notification else 0
    return sum(copy.started >= at for copy in each.copies)


def _maps_epoll(call: Call) -> bool:
    mapped = call.name in ("mmap", "mmap2") and len(call.args) > 4
    return mapped and "[eventpoll]" in descriptor(call.args[4])[1]
