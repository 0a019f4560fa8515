"""Lets programs of this machine talk to a server in a box: the box keeps its own network.

A socket of the runner takes the clients, and the talker beside the server carries their bytes
(native/talker/relay.c). Both sides stop and wait, piece by piece: it is for people, not for a load.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Lock, Thread

from runner.engine.box import Running, SilenceError

LINKS = 64
"""As in relay.c."""
PIECE = 16_384
_WAIT_SECONDS = 3600.0


@dataclass(slots=True)
class _Link:
    client: socket.socket
    opened: Event = field(default_factory=Event)
    refused: bool = False
    took: Event = field(default_factory=Event)
    pieces: SimpleQueue[bytes] = field(default_factory=SimpleQueue)
    """From the server; an empty one is its end."""


class Relay:
    """Serves the address until it is closed."""

    def __init__(self, talker: Running, port: int) -> None:
        """On this port of 127.0.0.1, or on any where another program has it."""
        self._talker = talker
        self._saying = Lock()
        self._links: dict[int, _Link] = {}
        self._listener = _listener(port)
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True, name="relay").start()
        Thread(target=self._hear, daemon=True, name="relay").start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in list(self._links.values()):
            _shut(link.client)

    def _say(self, text: str) -> None:
        with self._saying:
            self._talker.write_line(text)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                number = next((n for n in range(LINKS) if n not in self._links), None)
                if number is None:
                    client.close()
                    continue
                self._links[number] = link = _Link(client)
                Thread(target=self._carry, args=(number, link), daemon=True, name="relay").start()

    def _carry(self, number: int, link: _Link) -> None:
        """The client's bytes to the server."""
        self._say(f"open {number}")
        link.opened.wait(_WAIT_SECONDS)
        writer = Thread(target=self._return, args=(number, link), daemon=True, name="relay")
        writer.start()
        with contextlib.suppress(OSError):
            while not link.refused and (piece := link.client.recv(PIECE)):
                link.took.clear()
                self._say(f"data {number} {piece.hex()}")
                link.took.wait(_WAIT_SECONDS)
            self._say(f"shut {number}")
        writer.join()
        self._say(f"drop {number}")
        link.client.close()
        del self._links[number]

    def _return(self, number: int, link: _Link) -> None:
        """The server's bytes to the client, until either of them has gone."""
        with contextlib.suppress(OSError):
            while piece := link.pieces.get():
                link.client.sendall(piece)
                self._say(f"more {number}")
        _shut(link.client)

    def _hear(self) -> None:
        """What the talker prints."""
        while True:
            try:
                line = self._talker.read_line(_WAIT_SECONDS)
            except SilenceError:
                continue
            if line is None:
                break
            verb, _, rest = line.partition(" ")
            number, _, digits = rest.partition(" ")
            link = self._links.get(int(number)) if number.isdigit() else None
            if link is not None:
                _note(link, verb, digits)
        for link in list(self._links.values()):
            _note(link, "refused", "")


def _note(link: _Link, verb: str, digits: str) -> None:
    if verb == "took":
        link.took.set()
    elif verb == "data":
        link.pieces.put(bytes.fromhex(digits))
    elif verb in ("end", "refused"):
        link.refused = link.refused or verb == "refused"
        link.pieces.put(b"")
    if verb in ("opened", "refused"):
        link.opened.set()
        link.took.set()


def _listener(port: int) -> socket.socket:
    for each in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", each))
        except OSError:
            listener.close()
            if each == 0:
                raise
            continue
        listener.listen()
        return listener
    raise AssertionError("any port is free")


def _shut(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
