"""What was called between the first request and the last answer, counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from runner.trace.border import border
from runner.trace.exchange import Exchange
from runner.trace.kinds import WAITS, kind, tried_to_read
from runner.trace.model import Call, Conversation, Counts, Record
from runner.trace.sockets import Sockets
from runner.trace.split import descriptor

_ON_SOCKETS = ("read", "write", "accept", "control")
_ALWAYS = (*WAITS, "pause")


def steady(record: Record, said: Conversation) -> list[Call]:
    """The calls from the first silence to the last answer: no connecting, no closing."""
    return [call for call in record.calls if said.began <= call.started <= said.ended]


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
    said: Conversation,
    seen: Sequence[Exchange],
    silent: Sequence[Exchange],
) -> Counts:
    """`silent` are those of the exchanges `seen` that a silence went before."""
    calls = counted(steady(record, said), known)
    requests = max(1, len(seen))
    names = Counter(call.name for call in calls)
    tried = [call for call in calls if tried_to_read(call) and known.concerns(call)]
    vain = [call for call in tried if call.error == "EAGAIN"]
    told = [each for each in silent if each.told]
    came = min(said.opened.values(), default=said.began)
    born = [thread for thread, at in record.born.items() if at >= came]
    processes = sum(record.process.get(thread) == thread for thread in born)
    return Counts(
        requests=len(seen),
        calls={name: number / requests for name, number in sorted(names.items())},
        eagain_share=len(vain) / len(tried) if tried else None,
        border=border(calls),
        reader_threads=len({copy.thread for each in seen for copy in each.copies}),
        copies_after_notification=fmean(map(_after, told)) if told else None,
        wait_blocked_share=median(each.slept for each in silent) if silent else 0.0,
        new_threads=len(born) - processes,
        new_processes=processes,
        epoll_mmaps=sum(map(_maps_epoll, record.calls)),
    )


def _after(each: Exchange) -> int:
    at = each.told.at if each.told else 0
    return sum(copy.started >= at for copy in each.copies)


def _maps_epoll(call: Call) -> bool:
    mapped = call.name in ("mmap", "mmap2") and len(call.args) > 4
    return mapped and "[eventpoll]" in descriptor(call.args[4])[1]
