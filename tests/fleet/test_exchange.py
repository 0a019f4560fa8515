"""Exchanges that the user describes: replies are found, checked, and lies counted by name."""

from __future__ import annotations

import socket
import threading

import pytest

from . import servers
from .driving import Event, errors
from .servers import Handler
from .test_open import run

QUICK = ["--warmup", "0s", "--duration", "100ms"]
IMPATIENT = [*QUICK, "--reply-timeout", "200ms"]
PING = ["--send", "PING\\r\\n"]
IS = [*PING, "--reply", "exactly:+PONG\\r\\n"]
UNTIL = [*PING, "--reply", "until:\\r\\n"]
BYTES = [*PING, "--reply", "bytes:7B"]
ASKED = b"PING\r\n"
KINDS = {"is": IS, "until": UNTIL, "bytes": BYTES}


def says(*replies: bytes) -> Handler:
    """One reply to each request in turn; the last one again and again."""

    def handler(connection: socket.socket) -> None:
        for number in range(1_000_000):
            servers.take(connection, len(ASKED))
            connection.sendall(replies[min(number, len(replies) - 1)])

    return handler


def then(deed: Handler) -> Handler:
    """Proves service, and does something else after the second request."""

    def handler(connection: socket.socket) -> None:
        servers.take(connection, len(ASKED))
        connection.sendall(b"+PONG\r\n")
        servers.take(connection, len(ASKED))
        deed(connection)

    return handler


def endless(connection: socket.socket) -> None:
    """No reply ends like this."""
    while True:
        connection.sendall(b"+PONG" * 10_000)


def dribble(connection: socket.socket) -> None:
    """One byte at a time."""
    while True:
        servers.take(connection, len(ASKED))
        for byte in b"+PONG\r\n":
            connection.sendall(bytes([byte]))


def early(connection: socket.socket) -> None:
    """Answers what nobody has asked yet."""
    connection.sendall(b"+PONG\r\n" * 2)
    servers.wait_for_end(connection)


def half(connection: socket.socket) -> None:
    """The beginning of a reply, and the end of the connection."""
    connection.sendall(b"+PO")
    connection.close()


def drive(program: str, handler: Handler, *arguments: str) -> Event:
    return run(program, handler, "--active", "2", *arguments)


@pytest.mark.parametrize("pipeline", ["1", "16"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("server", [says(b"+PONG\r\n"), dribble], ids=["whole", "dribble"])
def test_an_honest_server(program: str, server: Handler, kind: str, pipeline: str) -> None:
    result = run(program, server, "--active", "2", "--idle", "2", *KINDS[kind],
                 "--pipeline", pipeline, *QUICK)  # fmt: skip
    assert errors(result) == {}
    assert result["requests"] > 0
    assert result["bytes"] == len(ASKED) * result["requests"]
    assert (result["idle_alive"], result["active_alive"]) == (2, 2)


LIARS = [
    ("corrupt", says(b"+PONG\r\n", b"+PoNG\r\n"), IS, QUICK, "corrupt"),
    ("another", says(b"+PONG\r\n", b"-ERR no\r\n"), IS, QUICK, "corrupt"),
    ("extra", says(b"+PONG\r\n", b"+PONG\r\n!"), IS, QUICK, "extra"),
    ("extra until", says(b"+PONG\r\n", b"+PONG\r\n!"), UNTIL, QUICK, "extra"),
    ("extra bytes", says(b"+PONG\r\n", b"+PONG\r\n!"), BYTES, QUICK, "extra"),
    ("early", then(early), UNTIL, QUICK, "extra"),
    ("endless", then(endless), UNTIL, QUICK, "too_long"),
    ("half", then(half), UNTIL, QUICK, "closed"),
    ("closes", then(socket.socket.close), BYTES, QUICK, "closed"),
    ("resets", then(servers.reset), IS, QUICK, "reset"),
    ("silent", then(servers.wait_for_end), UNTIL, IMPATIENT, "reply_timeout"),
    ("short", says(b"+PONG\r\n", b"+PONG"), BYTES, IMPATIENT, "reply_timeout"),
    ("mute", servers.mute, UNTIL, IMPATIENT, "reply_timeout"),
    ("wrong from the beginning", says(b"-ERR\r\n"), IS, QUICK, "corrupt"),
    ("closes at once", servers.close_at_once, UNTIL, QUICK, "refused"),
]


@pytest.mark.parametrize(
    ("handler", "exchange", "timing", "kind"),
    [liar[1:] for liar in LIARS],
    ids=[liar[0] for liar in LIARS],
)
def test_a_liar_is_found(
    program: str, handler: Handler, exchange: list[str], timing: list[str], kind: str
) -> None:
    result = drive(program, handler, *exchange, *timing)
    assert errors(result) == {kind: 2}
    assert result["active_alive"] == 0
    assert result["interrupted"] is False


def test_an_endless_reply_fills_no_memory(fleet_program: str) -> None:
    result = run(str(fleet_program), then(endless), "--active", "20", *UNTIL, *QUICK)
    assert errors(result) == {"too_long": 20}
    assert result["rss_bytes"] < 16 << 20


def test_swapped_replies_of_two_connections(program: str) -> None:
    """Exchanges ask everybody the same, so only a reply that says something else shows it."""
    barrier, lock, turn = threading.Barrier(2), threading.Lock(), iter([b"A", b"B"])

    def handler(connection: socket.socket) -> None:
        servers.take(connection, len(ASKED))
        connection.sendall(b"+PONG\r\n")
        servers.take(connection, len(ASKED))
        barrier.wait()
        with lock:
            mine = next(turn)
        connection.sendall(b"+PON" + mine + b"\r\n")
        servers.wait_for_end(connection)

    assert errors(drive(program, handler, *IS, *QUICK)) == {"corrupt": 2}


@pytest.mark.parametrize("size", [1, 5, 700, 30_000])
def test_requests_of_every_size_arrive_whole(program: str, size: int) -> None:
    """Long ones are cut by the socket, short ones put together."""
    asked = bytes(97 + at % 26 for at in range(size - 1)) + b"\n"
    wrong: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        while True:
            if (data := servers.take(connection, size)) != asked:
                wrong.append(data)
            connection.sendall(b"ok\n")

    send = ["--send", asked.decode().replace("\n", "\\n"), "--reply", "exactly:ok\\n"]
    result = drive(program, handler, *send, "--pipeline", "8", *QUICK)
    assert errors(result) == {}
    assert wrong == []


def test_every_escape_is_understood(program: str) -> None:
    seen: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        seen.append(servers.take(connection, 8))
        connection.close()

    run(program, handler, "--active", "1", "--send", "a\\r\\n\\t\\0\\\\\\x7F\\xff",
        "--reply", "bytes:1B", *QUICK)  # fmt: skip
    assert seen == [b"a\r\n\t\0\\\x7f\xff"]
