"""What a server was seen to do, from the record of a system-call tracer. Pure.

text of the tracer -> calls (parse) -> one request each (exchange) -> counts, classification by the
table of `rules`, a timeline.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.trace.classify import Evidence, classify
from runner.trace.coroutines import coroutines
from runner.trace.counts import counts
from runner.trace.data import as_data, metrics_of
from runner.trace.exchange import exchanges
from runner.trace.look import Look
from runner.trace.model import Conversation, Trace
from runner.trace.parse import MARK, OPTIONS, parse
from runner.trace.sockets import sockets
from runner.trace.timeline import timeline
from runner.trace.watching import Tables, Watching

__all__ = ["MARK", "OPTIONS", "Trace", "UnreadableError", "as_data", "metrics_of", "trace_of"]

SILENCE = 20_000_000
"""ns: a request that came sooner after the last answer says nothing about waiting."""


class UnreadableError(ValueError):
    """The tracer writes in a way that is not understood here."""


def trace_of(
    lines: Iterable[str],
    said: Conversation,
    look: Look | None = None,
    tables: Tables | None = None,
    cut: str = "",
) -> Trace:
    """The tracer's record beside what the clients did and what an untraced look showed; `tables`
    are the interest lists of epoll during the traced conversation, `cut` says why the record is not
    whole. Raises UnreadableError where nothing of it can be read."""
    record, switches = parse(lines)
    if record.unread and not record.calls:
        raise UnreadableError(f"{record.unread} lines of the tracer's record cannot be read")
    known = sockets(record, said)
    watching = Watching(record, tables or {})
    seen = exchanges(record, known, watching, said)
    silent = [each for each in seen if each.request.sent - each.request.quiet >= SILENCE]
    found = classify(Evidence(record, known, watching, said, seen, silent, look, cut))
    return Trace(
        conversation=said,
        counts=counts(record, known, said, seen, silent),
        classification=found,
        timeline=timeline(record, known, silent, found),
        accounting=None,
        coroutines=coroutines(record, known, said, silent, switches),
        look=look,
    )
