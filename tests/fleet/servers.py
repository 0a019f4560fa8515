"""Small echo servers, one thread a connection: an honest one and a gallery of liars."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Handler = Callable[[socket.socket], None]
REQUEST = 64
RESET = struct.pack("ii", 1, 0)


class Server:
    """Listens on a free loopback port and gives each connection to the handler, in a thread."""

    def __init__(self, handler: Handler, backlog: int, accept: int | None, port: int) -> None:
        self.handler = handler
        self.listener = socket.create_server(("127.0.0.1", port), backlog=backlog)
        self.port: int = self.listener.getsockname()[1]
        self.connections: list[socket.socket] = []
        self.peers: list[str] = []
        self.accept = accept  # how many it accepts at all
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()

    def serve(self) -> None:
        """Accept until the listener is shut down."""
        while self.accept is None or len(self.connections) < self.accept:
            try:
                connection, peer = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(connection)
            self.peers.append(peer[0])
            thread = threading.Thread(target=self.handle, args=[connection])
            self.threads.append(thread)
            thread.start()

    def handle(self, connection: socket.socket) -> None:
        """A connection that the fleet resets is no error of the server."""
        try:
            self.handler(connection)
        except OSError:
            connection.close()  # thousands of them would meet this process's own limit

    def close(self) -> None:
        """Shut everything down and wait for the threads."""
        for one in [self.listener, *self.connections]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for one in [self.listener, *self.connections]:
            one.close()


@contextlib.contextmanager
def serving(
    handler: Handler, backlog: int = 1024, accept: int | None = None, port: int = 0
) -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server(handler, backlog, accept, port)
    try:
        yield server
    finally:
        server.close()


def take(connection: socket.socket, length: int) -> bytes:
    """Exactly so many bytes; ends the handler at the end of the stream."""
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def wait_for_end(connection: socket.socket) -> None:
    """Read and discard until the peer is gone."""
    while connection.recv(65536):
        pass


def reset(connection: socket.socket) -> None:
    """Close by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def honest(connection: socket.socket) -> None:
    """Echo until the end."""
    while data := connection.recv(1 << 20):
        connection.sendall(data)


def honest_once(connection: socket.socket) -> None:
    """Echo the byte that proves service, as every liar does that wants to be driven."""
    connection.sendall(take(connection, 1))


def dribble(connection: socket.socket) -> None:
    """Slow but true: one byte at a time."""
    while data := connection.recv(65536):
        for byte in data:
            connection.sendall(bytes([byte]))


def corrupt(connection: socket.socket) -> None:
    """One bit is wrong, at the end of the reply."""
    honest_once(connection)
    data = take(connection, REQUEST)
    connection.sendall(data[:-1] + bytes([data[-1] ^ 1]))
    wait_for_end(connection)


def corrupt_tag(connection: socket.socket) -> None:
    """One bit is wrong, at the start of the reply."""
    honest_once(connection)
    data = take(connection, REQUEST)
    connection.sendall(bytes([data[0] ^ 0x80]) + data[1:])
    wait_for_end(connection)


def stale(connection: socket.socket) -> None:
    """The second reply repeats the first."""
    honest_once(connection)
    data = take(connection, REQUEST)
    connection.sendall(data)
    take(connection, REQUEST)
    connection.sendall(data)
    wait_for_end(connection)


def swapped() -> Handler:
    """Two connections get each other's replies."""
    barrier = threading.Barrier(2)
    requests: dict[int, bytes] = {}

    def handler(connection: socket.socket) -> None:
        honest_once(connection)
        requests[connection.fileno()] = take(connection, REQUEST)
        barrier.wait()
        others = [data for fd, data in requests.items() if fd != connection.fileno()]
        connection.sendall(others[0])
        wait_for_end(connection)

    return handler


def extra(connection: socket.socket) -> None:
    """The reply, and a byte that nobody asked for."""
    honest_once(connection)
    connection.sendall(take(connection, REQUEST) + b"!")
    wait_for_end(connection)


def extra_proof(connection: socket.socket) -> None:
    """The very first echo is one byte too long."""
    connection.sendall(take(connection, 1) + b"!")
    wait_for_end(connection)


def endless(connection: socket.socket) -> None:
    """A reply that never ends."""
    honest_once(connection)
    connection.sendall(take(connection, REQUEST) + bytes(65536))
    while True:
        connection.sendall(bytes(65536))


def wrong_proof(connection: socket.socket) -> None:
    """The very first echo is wrong."""
    connection.sendall(bytes([take(connection, 1)[0] ^ 0xFF]))
    wait_for_end(connection)


def close_early(connection: socket.socket) -> None:
    """Half a reply, then the end."""
    honest_once(connection)
    connection.sendall(take(connection, REQUEST)[: REQUEST // 2])
    connection.close()


def reset_early(connection: socket.socket) -> None:
    """An RST in place of a reply."""
    honest_once(connection)
    take(connection, REQUEST)
    reset(connection)


def close_at_once(connection: socket.socket) -> None:
    """Accepted, and closed before the first echo."""
    connection.close()


def reset_at_once(connection: socket.socket) -> None:
    """Accepted, and reset before the first echo."""
    reset(connection)


def silent(connection: socket.socket) -> None:
    """Served once, then never again."""
    honest_once(connection)
    wait_for_end(connection)


def mute(connection: socket.socket) -> None:
    """Never served at all."""
    wait_for_end(connection)


def refuses_after(count: int) -> Handler:
    """Serves the first `count`, closes every later one."""
    lock = threading.Lock()
    seen = [0]

    def handler(connection: socket.socket) -> None:
        with lock:
            seen[0] += 1
            number = seen[0]
        if number > count:
            connection.close()
        else:
            honest(connection)

    return handler
