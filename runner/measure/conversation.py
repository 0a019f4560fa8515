"""A scripted conversation with a server: which client says what when is known, so that what the
server did meanwhile can be told apart.

    A comes, asks, is answered          a client is served
    B comes, asks                       is it answered while A is connected and says nothing?
    E, F and N silent ones come         they are watched, or wait, or have a thread each
    nine times, once for long: all are silent; then one asks, and others after it
    A leaves                            a client that waited for that is served now

Words, moments, the order of the clients and how many they are come from a seed, which the result
keeps: a server cannot know an answer without having read it, nor that this is a test by what it
counts.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal

from runner.engine.box import Running
from runner.measure.server import ServerFault
from runner.measure.talk import PATIENCE_MS, Overtime, Talk
from runner.trace.model import Conversation, Request

SILENCE_MS = (65, 100)
"""Long against all that a server does for one request, under a tracer and on a busy machine."""
LONG_MS = (1000, 1600)
"""One of the silences: a server must not do otherwise when it has waited for a while."""
OTHERS = ("B", "C", "D")
"""One of three: a server with several processes may give any one of them to the process that the
first client keeps busy."""
MORE = ("E", "F")
"""Further clients that speak: a server must not treat the first two otherwise than the rest."""
EACH = 3
"""Silences before a request of A, of B, and of any of the others."""
ROUNDS_ALONE = (6, 7)
SETTLE_MS = 50
"""For the server to come to rest."""
TAKEN_IN_MS, EACH_MS, EACH_TAKEN_IN = (500, 5000), 4, 4
"""Bounds for all silent connections to be taken in, what each of them adds to both, and how many
times what the first client's connection and answer took, each may take."""
CANDIDATES = 12
"""Of the crowd, that may be asked: those that the server has accepted."""
ASIDE, CROWD = (400, PATIENCE_MS, 20), (1000, PATIENCE_MS, 40)
"""How long a client waits beside the first before it counts as not answered, and one of the crowd
likewise: bounds in ms, and how many times what the first client's connection and answer took. A
server with a fixed number of processes may never come to them, and that is no fault."""
CONNECT_MS = 1000
"""After that long in a full queue a connection waits for the kernel's next try."""

Phase = Literal["before", "during", "after"]
Around = Callable[[Phase], None]
"""Called just before a silence, some times in it, and just after it."""


def _nothing(_phase: Phase) -> None:
    """Where a silence is not looked at."""


def converse(
    talker: Running,
    server: Running,
    watched: int,
    around: Around = _nothing,
    seed: int = 0,
    overtime: Overtime | None = None,
) -> tuple[Conversation, int | None]:
    """The conversation, and how long the second client's first request took (ns), None where it
    was not answered even when the first had left. Raises ServerFault where A is not answered."""
    draw = Random(seed)  # noqa: S311 - no secret: the result keeps the seed
    talk = Talk(talker, server, overtime or Overtime(), draw)
    if not talk.open("A", CONNECT_MS):
        raise ServerFault("the first client could not connect: the server's listen queue is full")
    came = _answered(talk.ask("A"), watched=0)
    took_ms = ((came.replied or came.sent) - talk.opened["A"]) // 1_000_000
    beside, waiting = _another_client(talk, _scaled(ASIDE, took_ms))
    more = [each for each in MORE[: draw.randint(1, 2)] if beside and talk.open(each, CONNECT_MS)]
    connected = talk.watch(watched, CONNECT_MS) if watched else 0
    crowd = [*more, *(f"w{number}" for number in range(connected))]
    talk.wait(SETTLE_MS)
    if crowd:
        least, most = (bound + len(crowd) * EACH_MS for bound in TAKEN_IN_MS)
        talk.await_accepted(crowd[-1], _scaled((least, most, EACH_TAKEN_IN * len(crowd)), took_ms))
    for _ in range(2):  # by now it has taken in all who came, and had its first turn with each
        _answered(talk.ask("A"), watched)
        if beside:
            _answered(talk.ask(beside), watched)
    began = talk.heard_at
    requests, unanswered = _rounds(talk, beside, crowd, watched, around, _scaled(CROWD, took_ms))
    ended = talk.heard_at
    speakers = {request.client for request in requests}
    inodes = {client: talk.inode(client) for client in sorted(speakers)}
    quiet = [each for each in crowd if each not in speakers and each not in unanswered]
    silent = [talk.inode(each) for each in quiet[:CANDIDATES]]
    talk.tell("close A")
    first = waiting[0] if waiting else None
    if first is not None and first.replied is None:
        first = talk.listen(first, _scaled(ASIDE, took_ms))
    said = Conversation(
        ports=talk.ports,
        opened=talk.opened,
        watched=watched,
        requests=tuple(requests),
        began=began,
        ended=ended,
        alone=beside is None,
        seed=seed,
        inodes=inodes,
        connected=connected,
        silent=tuple(inode for inode in silent if inode),
        unanswered=tuple(unanswered),
    )
    waited = None if first is None or first.replied is None else first.replied - first.sent
    return said, waited


def _rounds(
    talk: Talk,
    beside: str | None,
    crowd: list[str],
    watched: int,
    around: Around,
    crowd_ms: int,
) -> tuple[list[Request], list[str]]:
    """The requests that were answered, and the clients of the crowd that were not."""
    draw = talk.draw
    unanswered: list[str] = []
    if beside is None:
        order = ["A"] * draw.choice(ROUNDS_ALONE)
    else:
        drawn = draw.sample(crowd, min(CANDIDATES, len(crowd)))
        drawn += [each for each in crowd if each in MORE and each not in drawn]
        accepted = [each for each in drawn if talk.inode(each)]
        unanswered += crowd[:1] if not accepted else []
        order = ["A"] * EACH + [beside] * EACH
        order += [accepted[number % len(accepted)] for number in range(EACH)] if accepted else []
        draw.shuffle(order)
    requests: list[Request] = []
    long = draw.randrange(len(order))
    for number, client in enumerate(order):
        around("before")
        talk.wait(
            draw.randint(*(LONG_MS if number == long else SILENCE_MS)), lambda: around("during")
        )
        around("after")
        later = [each for each in ("A", beside) if each and each != client and draw.random() < 0.7]
        for each in (client, *later):
            if each in unanswered:
                continue
            of_crowd = each not in ("A", beside)
            request = talk.ask(each, crowd_ms if of_crowd else PATIENCE_MS)
            if of_crowd and request.replied is None:
                unanswered.append(each)
                continue
            requests.append(_answered(request, watched))
    return requests, unanswered


def _scaled(bounds: tuple[int, int, int], took_ms: int) -> int:
    """So many times what one client took, within bounds: a busy machine is slow with each."""
    least, most, times = bounds
    return min(most, max(least, times * took_ms))


def _another_client(talk: Talk, aside_ms: int) -> tuple[str | None, list[Request]]:
    """The first of the others who is answered while A is connected, and all that they asked."""
    asked: list[Request] = []
    for client in OTHERS:
        if not talk.open(client, CONNECT_MS):
            break
        asked.append(talk.ask(client, aside_ms))
        if asked[-1].replied is not None:
            return client, asked
    return None, asked


def _answered(request: Request, watched: int) -> Request:
    if request.replied is None:
        beside = f", with {watched} silent connections beside it" if watched else ""
        raise ServerFault(
            f"client {request.client} got no reply within {PATIENCE_MS / 1000:g} s{beside}; it "
            f"sent {request.text!r} without a newline, and expects the same bytes"
        )
    return request
