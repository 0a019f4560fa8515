"""Whose socket a descriptor is: by the port of its other end, else by what was read from it. Pure.

The tracer shows a socket by its inode, `5<socket:[7001100]>`, and the first words that come out of
it name the client. Where it shows both ends, as with -yy, the port does:
`5<TCP:[127.0.0.1:9000->127.0.0.1:40000]>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.trace.kinds import kind
from runner.trace.model import Call, Conversation, Record
from runner.trace.split import descriptor

WATCHED = "watched"
"""One of the silent connections beside the clients that speak."""

_PEER = re.compile(r"->.*:(\d+)\]$")
_SOCKET = re.compile(r"(TCP|TCPv6|socket):\[")
_MULTIPLEXER = ("[eventpoll]", "[io_uring]", "[signalfd]")


@dataclass(frozen=True, slots=True)
class Sockets:
    """Clients by what the tracer calls the descriptor. A descriptor's number alone means nothing:
    it is used again, and each process has its own."""

    by_info: Mapping[str, str]

    def client(self, call: Call) -> str:
        """Whose socket the call is about; empty where it is about none."""
        return self.by_info.get(_info(call), "")

    def concerns(self, call: Call) -> bool:
        """Whether it is about a socket or a multiplexer at all: an interpreter makes many more."""
        info = _info(call)
        return bool(_SOCKET.match(info)) or info.endswith(_MULTIPLEXER)


def sockets(record: Record, conversation: Conversation) -> Sockets:
    by_port = {str(port): client for client, port in conversation.ports.items()}
    said = {client: f'"{client}' for client in conversation.ports}
    found: dict[str, str] = {}
    for call in record.calls:
        info = _info(call)
        if info in found or not _SOCKET.match(info):
            continue
        peer = _PEER.search(info)
        if peer:
            found[info] = by_port.get(peer[1], WATCHED)
        elif kind(call) == "read" and call.value and len(call.args) > 1:
            heard = (client for client, text in said.items() if text in call.args[1])
            if client := next(heard, None):
                found[info] = client
    return Sockets(found)


def _info(call: Call) -> str:
    """What the tracer says of the descriptor in the first argument; epoll_ctl names a socket in its
    third, but it is about the multiplexer."""
    return descriptor(call.args[0])[1] if call.args else ""
