"""A small HTTP server that says what a test wants, and its lies."""

from __future__ import annotations

import socket

from .servers import Handler

OK = b"HTTP/1.1 200 OK\r\n"
GET = ["--send", "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "--reply", "http:200"]
END = b"\r\n\r\n"


def asked(connection: socket.socket, rest: bytes = b"") -> bytes:
    """Up to the end of a request; what follows it is returned. Ends the handler at the end."""
    while END not in rest:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError
        rest += part
    return rest.partition(END)[2]


def answers(*replies: bytes, byte_by_byte: bool = False) -> Handler:
    """One reply to each request in turn; the last one again and again."""

    def handler(connection: socket.socket) -> None:
        rest = b""
        for number in range(1_000_000):
            rest = asked(connection, rest)
            reply = replies[min(number, len(replies) - 1)]
            for piece in (
                [reply[at : at + 1] for at in range(len(reply))] if byte_by_byte else [reply]
            ):
                connection.sendall(piece)

    return handler


def answers_and_closes(*replies: bytes) -> Handler:
    """So many requests a connection, then its end."""

    def handler(connection: socket.socket) -> None:
        rest = b""
        for reply in replies:
            rest = asked(connection, rest)
            connection.sendall(reply)
        connection.close()

    return handler


def sized(body: bytes, *headers: bytes) -> bytes:
    """A right reply with a length."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    """A right reply in chunks."""
    body = b"".join(b"%x;n=v\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return OK + b"transfer-encoding:chunked\r\n\r\n" + body + b"0\r\n" + trailer + b"\r\n"
