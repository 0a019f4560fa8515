"""Whether the multiplexer that notifies watches all clients, the silent ones too, and no other
thread polls them instead. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runner.trace.doubt import Doubt
from runner.trace.kinds import MULTIPLEXERS, kind
from runner.trace.model import Call, Conversation, Record
from runner.trace.served_request import ServedRequest
from runner.trace.serving import waiting_alike
from runner.trace.sockets import Sockets, info_of
from runner.trace.split import descriptor
from runner.trace.watching import Watching

ASKED_OFTEN = 3
"""Calls of another thread on clients' descriptors in one silence."""
MOST = 0.5
"""Share of the silences."""


def unwatched(
    record: Record,
    known: Sockets,
    watching: Watching,
    conversation: Conversation,
    silent: Sequence[ServedRequest],
) -> Iterable[Doubt]:
    connections = {f"socket:[{inode}]" for inode in conversation.silent}
    judged = [each for each in silent if each.blocks_in in MULTIPLEXERS]
    if conversation.alone or not judged:
        return
    left_out: list[int] = []
    asked_by: list[str] = []
    for each in judged:
        threads = waiting_alike(record, known, watching, each) | {each.waiter}
        watched: set[str] = set()
        for thread in threads:
            calls = record.of_thread(thread, each.request.quiet, each.request.sent)
            last = next((c for c in reversed(calls) if kind(c) == each.blocks_in), None)
            watched |= _watched(watching, last) if last else set()
        if missing := connections - watched:
            left_out.append(len(missing))
        names = [
            call.name
            for call in record.between(each.request.quiet, each.request.sent)
            if call.thread not in threads and call.started > each.request.quiet
            if kind(call) in ("read", "splice") or call.name in ("ioctl", "getsockopt")
            if known.is_client(info_of(call)) or info_of(call) in connections
        ]
        if len(names) >= ASKED_OFTEN:
            asked_by.append(max(set(names), key=names.count))
    if len(left_out) > MOST * len(judged):
        name = judged[0].blocks_in
        text = f"{name} does not watch {max(left_out)} of {len(connections)} idle connections"
        yield Doubt("unwatched", text)
    if len(asked_by) > MOST * len(judged):
        text = f"another thread than the waiting one polls clients ({asked_by[0]})"
        yield Doubt("unwatched", text)


def _watched(watching: Watching, call: Call) -> set[str]:
    """What the call waits for; of an epoll descriptor in an epoll's list what that one watches."""
    watched = set(watching.waits_for(call))
    if kind(call) == "epoll":
        at = call.started if call.ended is None else call.ended
        waiting, visited = [descriptor(call.args[0])[0]], set[int]()
        while waiting:
            epoll = waiting.pop()
            if epoll in visited:
                continue
            visited.add(epoll)
            listed = watching.interest(call.thread, epoll, at)
            watched |= {each.info for each in listed.values()}
            waiting += [fd for fd, each in listed.items() if "eventpoll" in each.info]
    return watched
