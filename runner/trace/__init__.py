"""The observed behaviour of a server, from the record of a system-call tracer. Pure.

text of the tracer -> calls (parse) -> requests (served_request) -> counts, classification by the
table of `rules`, a timeline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runner.trace.burst import served_burst
from runner.trace.classify import Evidence, classify
from runner.trace.coroutines import coroutines
from runner.trace.counts import counts
from runner.trace.data import as_data, metrics_of, recorded
from runner.trace.look import Look
from runner.trace.model import Conversation, Record, Trace
from runner.trace.parse import MARK, OPTIONS, parse
from runner.trace.request_calls import RequestCalls, request_calls
from runner.trace.served_request import served_requests
from runner.trace.sockets import sockets
from runner.trace.timeline import timeline
from runner.trace.wakeups import Wakeups, wakeups
from runner.trace.watching import Tables, Watching

__all__ = [
    "MARK",
    "OPTIONS",
    "RequestCalls",
    "Trace",
    "UnreadableError",
    "Wakeups",
    "as_data",
    "metrics_of",
    "record_of",
    "recorded",
    "request_calls",
    "trace_of",
    "wakeups",
]

SILENCE = 20_000_000
"""ns: a request that came sooner after the last reply says nothing about waiting."""


class UnreadableError(ValueError):
    """The tracer's output cannot be parsed."""


def record_of(lines: Iterable[str]) -> Record:
    """The calls of a traced server. Raises UnreadableError if no line can be read."""
    record, _ = parse(lines)
    _require_readable(record)
    return record


def trace_of(
    lines: Iterable[str],
    conversation: Conversation,
    look: Look | None = None,
    tables: Tables | None = None,
    cut: str = "",
) -> Trace:
    """Combines the tracer's record with the clients' conversation and an untraced look; `tables`
    are the interest lists of epoll during the traced conversation, `cut` says why the record is not
    whole. Raises UnreadableError if no line of it can be read."""
    whole, switches = parse(lines)
    _require_readable(whole)
    bursts = conversation.bursts
    record = whole.before(bursts[0].began) if bursts else whole
    known = sockets(record, conversation)
    watching = Watching(record, tables or {})
    served = served_requests(record, known, watching, conversation)
    silent = [each for each in served if each.request.sent - each.request.quiet >= SILENCE]
    classification = classify(
        Evidence(record, known, watching, conversation, served, silent, look, cut)
    )
    if bursts and not cut:
        everyone, lists = sockets(whole, conversation), Watching(whole, tables or {})
        served_bursts = tuple(served_burst(whole, everyone, lists, each) for each in bursts)
        classification = replace(classification, bursts=served_bursts)
    return Trace(
        conversation=conversation,
        counts=counts(record, known, conversation, served, silent),
        classification=classification,
        timeline=timeline(record, known, silent, classification),
        accounting=None,
        coroutines=coroutines(record, known, conversation, silent, switches),
        look=look,
    )


def _require_readable(record: Record) -> None:
    if record.unread and not record.calls:
        raise UnreadableError(f"{record.unread} lines of the tracer's record cannot be read")
