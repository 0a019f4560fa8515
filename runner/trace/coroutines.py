"""What coroutines did between the calls of one connection: the layer that the kernel cannot see.

Pure. The marks come from the server's own interpreter (runner/measure/sitecustomize.py), so they
say what that tells, and are taken in a conversation of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from runner.trace.counts import steady
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import Call, Conversation, Coroutines, Record, Switch
from runner.trace.served_request import HARDLY, STALLED, ServedRequest, stalled
from runner.trace.sockets import Sockets


def coroutines(
    record: Record,
    known: Sockets,
    conversation: Conversation,
    silent: Sequence[ServedRequest],
    switches: Sequence[Switch],
) -> Coroutines | None:
    """None where no coroutine went on."""
    during = [each for each in switches if conversation.began <= each.at <= conversation.ended]
    if not during:
        return None
    calls = steady(record, conversation)
    own = [call for call in calls if known.client(call) == "A"]
    between = [
        len(_others(during, written, read.started))
        for written, read in pairwise(own)
        if kind(written) == "write" and kind(read) == "read"
    ]
    counted = Counter(
        name
        for each in silent
        for name, share in each.asleep
        if name not in MULTIPLEXERS and share >= HARDLY
    )
    slept = {name for name, number in counted.items() if number > STALLED * len(silent)}
    slept |= set(stalled(silent))
    return Coroutines(
        threads=len({each.thread for each in during}),
        tasks=len({each.name for each in during}),
        switches=_changes(during),
        between=float(median(between)) if between else 0.0,
        blocked_in=tuple(sorted(slept)),
    )


def _others(during: Sequence[Switch], written: Call, until: int) -> set[str]:
    """Those that went on in between, but for the one that had written: the last to go on before."""
    before = [each.name for each in during if each.at <= written.started]
    own = before[-1] if before else ""
    return {each.name for each in during if written.started < each.at < until} - {own}


def _changes(during: Sequence[Switch]) -> int:
    """How often another went on than before."""
    return sum(a.name != b.name for a, b in pairwise(during))
