"""Bursts after a traced conversation: many clients that send at the same moment, again and again.

In the conversation one client sends at a time. A server may serve many clients in another way than
one, so the record holds both: many clients in some rounds, then a few of them in rounds that follow
each other at once. A round begins when every client has its bytes back, and each client sends one
short message in it: what the server did since then tells how it learned of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from runner.engine.box import EngineError
from runner.measure.flow import flow_of
from runner.measure.talk import Talk
from runner.trace.model import Burst
from runner.untrusted import whole

MORE = (9, 14)
"""Clients that come for it, beside those of the conversation."""
MANY, MANY_ROUNDS = (20, 26), (6, 8)
"""Clients of a burst, where there are so many. Beside many others each call of select and poll
takes a tracer milliseconds, so the messages are few."""
FEW, FEW_GROUPS, FEW_ROUNDS = (5, 7), 3, (6, 8)
"""So few clients get their next message a moment after the last, also under a tracer."""
EACH_MS, ADMIT_MS, MANY_MS, FEW_MS = 1000, 3000, 3000, 1000
"""How long a server may take for one client, for the new clients, for all rounds of many clients,
and for those of a group. One that is slower, or has no thread for another client, is observed in
fewer rounds or in none."""
US, MOST_US, MOST_NS = 1_000, 1 << 32, 1 << 62


def all_bursts(talk: Talk, connected: int, seed: int) -> tuple[Burst, ...]:
    """`connected` are the clients w0, w1, ... that came before. Where not every client is served
    there is one burst without rounds: it says when the conversation was over. Raises ServerFault,
    EngineError."""
    draw = Random(seed)  # noqa: S311 - no secret: the result keeps the seed
    began, more = time.time_ns(), draw.randint(*MORE)
    came = flow_of(talk.tell(f"admit {more} {EACH_MS} {ADMIT_MS}", ADMIT_MS / 1000))
    if came.done < more:
        return (Burst(began, 0, ()),)
    clients = connected + more
    many, few = min(clients, draw.randint(*MANY)), draw.randint(*FEW)
    every = _rounds(talk, draw, (clients, many), draw.randint(*MANY_ROUNDS), MANY_MS)
    rushed: list[tuple[int, int]] = []
    for _ in range(FEW_GROUPS):
        rushed += _rounds(talk, draw, (clients, few), draw.randint(*FEW_ROUNDS), FEW_MS)
    return (Burst(began, many, tuple(every)), Burst(began, few, tuple(rushed)))


def _rounds(
    talk: Talk, draw: Random, some: tuple[int, int], count: int, ms: int
) -> Iterator[tuple[int, int]]:
    """Begin and end of each; fewer than `count` where a client was not served, or `ms` were over.
    `some` says of how many clients how many send."""
    clients, chosen = some
    first = draw.randint(0, clients - chosen)
    command = f"rally w{first}-w{first + chosen - 1} {count} {EACH_MS} {ms}"
    answer = talk.tell(command, ms / 1000)
    first_ns = whole(answer.fields.get("from", ""), 0, MOST_NS)
    for span in filter(None, answer.fields.get("spans", "").split(",")):
        since, until = (whole(each, 0, MOST_US) for each in (*span.split("-"), "")[:2])
        if first_ns is None or since is None or until is None:
            raise EngineError(f"the talker says {answer.word!r} with spans={span!r}")
        yield first_ns + since * US, first_ns + until * US
