"""The actions of clients: send, be idle, leave normally or with errors."""

import random
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .servers import DEADLINE, Server, wait_until


def seeded(seed: int) -> random.Random:
    """The same random numbers in every run."""
    return random.Random(seed)


def receive(client: socket.socket, length: int) -> bytes:
    """Receive exactly this many bytes, or fewer if the server closes."""
    parts = bytearray()
    while len(parts) < length and (part := client.recv(length - len(parts))):
        parts += part
    return bytes(parts)


def echo(client: socket.socket, message: bytes = b"ping") -> bool:
    """Do one round trip. False: the server has closed or reset the connection."""
    try:
        client.sendall(message)
        return receive(client, len(message)) == message
    except (ConnectionResetError, BrokenPipeError):
        return False


def is_closed(client: socket.socket) -> bool:
    """Return whether the next event is EOF or a reset; waits for it."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def reset(client: socket.socket) -> None:
    """Close with RST instead of FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def close_all(clients: list[socket.socket]) -> None:
    for client in clients:
        client.close()
    clients.clear()


def connect_until_refused(server: Server, clients: list[socket.socket]) -> None:
    """Add clients until the server closes one without a reply."""
    while True:
        client = server.connect()
        if not echo(client):
            client.close()
            return
        clients.append(client)


@dataclass(slots=True)
class Talk:
    """One client that sends in random pieces and reads between them, without blocking."""

    client: socket.socket
    payload: bytes
    pieces: random.Random
    largest: int
    half_close: bool = False
    sent: int = 0
    received: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def done(self) -> bool:
        return self.ended or (not self.half_close and len(self.received) >= len(self.payload))

    def step(self, events: int) -> None:
        if events & select.POLLOUT and self.sent < len(self.payload):
            size = self.pieces.randint(1, self.largest)
            self.sent += self.client.send(self.payload[self.sent : self.sent + size])
            if self.sent == len(self.payload) and self.half_close:
                self.client.shutdown(socket.SHUT_WR)
        if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            data = self.client.recv(65536)
            self.received += data
            self.ended = not data

    def interest(self) -> int:
        return select.POLLIN | (select.POLLOUT if self.sent < len(self.payload) else 0)


def converse(talks: Sequence[Talk], deadline: float = DEADLINE) -> None:
    """Run all talks at once, to their end."""
    end = time.monotonic() + deadline
    for talk in talks:
        talk.client.setblocking(False)
    while open_talks := [talk for talk in talks if not talk.done()]:
        assert time.monotonic() < end, f"{len(open_talks)} of {len(talks)} are not answered"
        poller = select.poll()
        by_fd = {talk.client.fileno(): talk for talk in open_talks}
        for fd, talk in by_fd.items():
            poller.register(fd, talk.interest())
        for fd, events in poller.poll(1000):
            by_fd[fd].step(events)


def send_until_stuck(server: Server, client: socket.socket) -> bytes:
    """Send and never read, until the server can neither send to this client nor read from it:
    both of its socket queues hold bytes, and no more fit. Return the sent bytes.
    """
    client.setblocking(False)
    noise = seeded(7).randbytes(1 << 20)
    sent = 0

    def stuck() -> bool:
        nonlocal sent
        try:
            while True:
                start = sent % len(noise)
                sent += client.send(noise[start : start + 65536])
        except BlockingIOError:
            poller = select.poll()
            poller.register(client, select.POLLOUT)
            return all(server.queues(client)) and not poller.poll(20)

    wait_until(stuck, "the client does not get stuck")
    client.setblocking(True)
    client.settimeout(DEADLINE)
    repeated, over = divmod(sent, len(noise))
    return noise * repeated + noise[:over]
