"""Whose socket a descriptor is: by the inode of its end, else by what was read from it. Pure.

The tracer shows a socket by its inode, `5<socket:[7001100]>`. The kernel's table of connections
says which client has the other end. Without that table the first words that come out of a socket
name its client. Where the tracer shows both ends, as with -yy, the port does:
`5<TCP:[127.0.0.1:9000->127.0.0.1:40000]>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.trace.kinds import kind
from runner.trace.model import Call, Conversation, Record, Signal
from runner.trace.split import descriptor

WATCHED = "watched"
"""One of the silent connections beside the clients that speak."""

_PEER = re.compile(r"->.*:(\d+)\]$")
_SOCKET = re.compile(r"(TCP|TCPv6|socket):\[")
_NO_HANDLER = re.compile(r"sa_handler=SIG_(IGN|DFL)")
_MULTIPLEXER = ("[eventpoll]", "[io_uring]", "[signalfd]")


@dataclass(frozen=True, slots=True)
class Sockets:
    """Clients by what the tracer calls the descriptor. A descriptor's number alone means nothing:
    it is used again, and each process has its own. `accepted` are all connections that the server
    took in; `timed` those whose reads have a time-out, `asynchronous` those with O_ASYNC, `files`
    those that POSIX AIO of glibc reads, which takes each for a file first. `actions` are the calls
    that said what a signal does."""

    by_info: Mapping[str, str]
    accepted: frozenset[str] = frozenset()
    listeners: frozenset[str] = frozenset()
    timed: bool = False
    asynchronous: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    actions: tuple[Call, ...] = ()

    def client(self, call: Call) -> str:
        """Whose socket the call is about; empty where it is about none."""
        return self.by_info.get(info_of(call), "")

    def is_client(self, info: str) -> bool:
        """Whether it is a connection of a client, of one that is silent too."""
        return info in self.accepted or info in self.by_info

    def handles(self, signal: Signal) -> bool:
        """Whether the signal ran a handler. A tracer sees signals that are ignored as well."""
        said = [
            call
            for call in self.actions
            if call.started <= signal.at and call.args[0] == signal.name and call.args[1] != "NULL"
        ]
        return not said or not _NO_HANDLER.search(said[-1].args[1])

    def serves(self, info: str) -> bool:
        """Whether it is a connection of a client or where clients arrive."""
        return self.is_client(info) or info in self.listeners

    def concerns(self, call: Call) -> bool:
        """Whether it is about a socket or a multiplexer at all: an interpreter makes many more."""
        info = info_of(call)
        return bool(_SOCKET.match(info)) or info.endswith(_MULTIPLEXER)


def sockets(record: Record, conversation: Conversation) -> Sockets:
    by_port = {str(port): client for client, port in conversation.ports.items()}
    texts = {request.client: f'"{request.text}' for request in conversation.requests}
    by_info = {
        f"socket:[{inode}]": client for client, inode in conversation.inodes.items() if inode
    }
    marks: dict[str, set[str]] = {
        "accepted": set(), "listeners": set(), "asynchronous": set(), "files": set()
    }  # fmt: skip
    timed = False
    actions = tuple(call for call in record.calls if call.name == "rt_sigaction" and not call.error)
    for call in record.calls:
        _note(call, marks)
        timed = timed or (call.name == "setsockopt" and call.args[2].startswith("SO_RCVTIMEO"))
        info = info_of(call)
        if info in by_info or not _SOCKET.match(info):
            continue
        peer = _PEER.search(info)
        if peer:
            by_info[info] = by_port.get(peer[1], WATCHED)
        elif not conversation.inodes and kind(call) == "read" and call.value and len(call.args) > 1:
            senders = (client for client, text in texts.items() if text in call.args[1])
            if client := next(senders, None):
                by_info[info] = client
    found = {name: frozenset(each) for name, each in marks.items()}
    return Sockets(by_info, timed=timed, actions=actions, **found)


def _note(call: Call, marks: Mapping[str, set[str]]) -> None:
    info = info_of(call)
    if call.error == "ESPIPE" and kind(call) == "read":
        marks["files"].add(info)
    elif call.error:
        return
    elif kind(call) == "accept" and call.gave:
        marks["accepted"].add(call.gave)
    elif call.name == "listen":
        marks["listeners"].add(info)
    elif (call.name == "fcntl" and "ASYNC" in call.args[-1]) or (
        call.name == "ioctl" and "FIOASYNC" in call.args
    ):
        marks["asynchronous"].add(info)


def about_socket(call: Call) -> bool:
    """Whether the descriptor in the first argument is a socket; true where the tracer does not say
    what it is."""
    info = info_of(call)
    return not info or bool(_SOCKET.match(info))


def info_of(call: Call) -> str:
    """What the tracer says of the descriptor in the first argument; epoll_ctl names a socket in its
    third, but it is about the multiplexer."""
    return descriptor(call.args[0])[1] if call.args else ""
