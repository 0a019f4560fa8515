"""A scripted conversation with a server: it is known which client sends what and when, so that the
trace shows what the server did for each of them.

    A comes, asks, is answered          a client is served
    B comes, asks                       is it answered while A is connected and silent?
    E, F and N silent clients come      they are watched, or wait, or have a thread each
    nine times, one of them long: all are silent; then one asks, and others after it
    A leaves                            a client that waited for this is served now

The texts, the times, the order and the number of the clients come from a seed, which the result
keeps: a server can neither know a text without having read it, nor recognise this test by counting
its clients.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal

from runner.engine.box import Running
from runner.measure.server import ServerFault, standing
from runner.measure.talk import PATIENCE_MS, Overtime, Talk
from runner.spec import Exchange
from runner.trace.model import Conversation, Request

SILENCE_MS = (65, 100)
"""Long in comparison with all that a server does for one request, even traced, on a busy
machine."""
LONG_MS = (1000, 1600)
"""Of one of the silences: a server must not behave otherwise after it has waited for a while."""
OTHERS = ("B", "C", "D")
"""Tried one after the other: a server with several processes may give any one of these clients to
the process that the first client occupies."""
MORE = ("E", "F")
"""Further clients that send: a server must not treat the first two otherwise than the rest."""
EACH = 3
"""How many silences there are before a request of A, of B, and of any of the others."""
ROUNDS_ALONE = (6, 7)
SETTLE_MS = 50
"""Time for the server to become idle."""
TAKEN_IN_MS, EACH_MS, EACH_TAKEN_IN = (500, 5000), 4, 4
"""How long the server may take to accept all idle connections: the bounds, what each connection
adds to both, and how many times the first client's connection and reply each may take."""
CANDIDATES = 12
"""How many clients of the crowd may send: of those that the server has accepted."""
ASIDE, CROWD = (400, PATIENCE_MS, 20), (1000, PATIENCE_MS, 40)
"""How long a client waits for its reply while the first is connected before it counts as not
answered, and the same for one of the crowd: the bounds in ms, and how many times the first client's
connection and reply. A server with a fixed number of processes may never serve them; that is no
fault."""
CONNECT_MS = 1000
"""A connection that met a full listen queue is tried again by the kernel after that long."""

Phase = Literal["before", "during", "after"]
Around = Callable[[Phase], None]
"""Called just before a silence, several times during it, and just after it."""


def _nothing(_phase: Phase) -> None:
    """For silences in which nothing is observed."""


def converse(
    talker: Running,
    server: Running,
    watched: int,
    around: Around = _nothing,
    seed: int = 0,
    overtime: Overtime | None = None,
    spoken: Exchange | None = None,
) -> tuple[Conversation, int | None]:
    """The conversation, and how long the second client's first request took (ns), None where it
    was not answered even when the first had left. Raises ServerFault where A is not answered."""
    draw = Random(seed)  # noqa: S311 - no secret: the result keeps the seed
    talk = Talk(talker, server, overtime or Overtime(), draw, spoken)
    if not talk.open("A", CONNECT_MS):
        raise ServerFault("the first client could not connect: the server's listen queue is full")
    came = _answered(talk, talk.ask("A"), 0)
    took_ms = ((came.replied or came.sent) - talk.opened["A"]) // 1_000_000
    beside, waiting = _another_client(talk, _scaled(ASIDE, took_ms))
    more = [each for each in MORE[: draw.randint(1, 2)] if beside and talk.open(each, CONNECT_MS)]
    connected = talk.watch(watched, CONNECT_MS) if watched else 0
    crowd = [*more, *(f"w{number}" for number in range(connected))]
    talk.wait(SETTLE_MS)
    if crowd:
        least, most = (bound + len(crowd) * EACH_MS for bound in TAKEN_IN_MS)
        talk.await_accepted(crowd[-1], _scaled((least, most, EACH_TAKEN_IN * len(crowd)), took_ms))
    for _ in range(2):  # by now the server has accepted every client, and replied to each once
        _answered(talk, talk.ask("A"), watched)
        if beside:
            _answered(talk, talk.ask(beside), watched)
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
    conversation = Conversation(
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
    return conversation, waited


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
            requests.append(_answered(talk, request, watched))
    return requests, unanswered


def _scaled(bounds: tuple[int, int, int], took_ms: int) -> int:
    """`times` the time that one client took, within bounds: a busy machine is slow with each
    client."""
    least, most, times = bounds
    return min(most, max(least, times * took_ms))


def _another_client(talk: Talk, aside_ms: int) -> tuple[str | None, list[Request]]:
    """The first of the others that is answered while A is connected, and all their requests."""
    requests: list[Request] = []
    for client in OTHERS:
        if not talk.open(client, CONNECT_MS):
            break
        requests.append(talk.ask(client, aside_ms))
        if requests[-1].replied is not None:
            return client, requests
    return None, requests


def _answered(talk: Talk, request: Request, watched: int) -> Request:
    if request.replied is None:
        beside = f", with {watched} idle connections beside it" if watched else ""
        echo = f"{request.text!r} without a newline, and expects the same bytes"
        spoken = f"{request.text!r}, and expects a reply that ends as its `protocol` says"
        raise ServerFault(
            f"client {request.client} got no reply within {PATIENCE_MS / 1000:g} s{beside}; it "
            f"sent {spoken if talk.spoken else echo}{standing(talk.server)}"
        )
    return request
