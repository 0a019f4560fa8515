"""HTTP: where a reply ends, what its status is, when a connection is over; and every lie."""

from __future__ import annotations

import contextlib
import select
import socket

import pytest

from . import servers
from .driving import errors, fleet
from .servers import Handler, serving
from .test_open import run
from .web import GET, OK, answers, answers_and_closes, asked, chunked, sized

QUICK = ["--warmup", "0s", "--duration", "100ms"]
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
IMPATIENT = [*QUICK, "--reply-timeout", "200ms"]

REPLIES = [
    ("length", sized(b"x" * 600, b"Server: nginx/1.2", b"Date: today")),
    ("empty", sized(b"")),
    ("other case", OK + b"CONTENT-length :  4  \r\n".replace(b" :", b":") + b"\r\nbody"),
    ("newlines only", b"HTTP/1.1 200\nContent-Length: 2\n\nok"),
    ("chunks", chunked(b"hello", b"y" * 300)),
    ("no chunk", chunked()),
    ("trailer", chunked(b"hello", trailer=b"Sum: 1\r\nOther: 2\r\n")),
    ("interim", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + sized(b"ok")),
    ("kept", b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok"),
    ("long name", OK + b"Content-Lengthy: 99\r\nConnect: close\r\nContent-Length: 2\r\n\r\nok"),
]


@pytest.mark.parametrize("byte_by_byte", [False, True], ids=["whole", "dribble"])
@pytest.mark.parametrize("reply", [each[1] for each in REPLIES], ids=[each[0] for each in REPLIES])
def test_a_reply_ends_where_it_ends(program: str, reply: bytes, byte_by_byte: bool) -> None:
    server = answers(reply, byte_by_byte=byte_by_byte)
    result = run(program, server, "--active", "2", "--idle", "1", *GET, *QUICK)
    assert errors(result) == {}
    assert result["requests"] > 0
    assert result["accepted"] == 0
    assert (result["idle_alive"], result["active_alive"]) == (1, 2)


def test_a_pipeline_of_replies(program: str) -> None:
    server = answers(sized(b"x" * 600), chunked(b"hello"), sized(b""))
    result = run(program, server, "--active", "2", "--pipeline", "8", *GET, *QUICK)
    assert errors(result) == {}
    assert result["requests"] > 0


def test_head_has_no_body(program: str) -> None:
    head = ["--send", "HEAD / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "--reply", "http:200"]
    result = run(program, answers(OK + b"Content-Length: 600\r\n\r\n"), *head, *QUICK)
    assert errors(result) == {}
    assert result["requests"] > 0


CLOSING = [
    ("says so", sized(b"x" * 10, b"Connection: foo, close")),
    ("old", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ("to the end", OK + b"\r\nall that comes"),
    ("to the end, empty", OK + b"\r\n"),
]


@pytest.mark.parametrize("loop", [[], ["--rate", "500"], ["--pipeline", "3"]], ids=str)
@pytest.mark.parametrize("reply", [each[1] for each in CLOSING], ids=[each[0] for each in CLOSING])
def test_a_server_that_closes_is_connected_to_anew(
    program: str, reply: bytes, loop: list[str]
) -> None:
    """No error: it was announced, or is how such a reply ends."""
    result = run(program, answers_and_closes(reply), "--active", "2", *GET, *QUICK, *loop)
    assert errors(result) == {}
    assert result["requests"] > 2
    assert result["accepted"] >= result["requests"] - 2
    assert result["active_alive"] == 2


def test_a_wrong_status_is_counted_and_no_request(program: str) -> None:
    """The connection goes on: the reply was whole."""
    wrong = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
    result = run(program, answers(sized(b"ok"), wrong), "--active", "2", *GET, *QUICK)
    assert set(errors(result)) == {"status"}
    assert errors(result)["status"] > 2
    assert result["requests"] == 0
    assert result["active_alive"] == 2


@pytest.mark.parametrize("tail", [b"", b"Connection: close\r\n"], ids=["keeps", "closes"])
def test_a_first_reply_with_another_status_is_counted_and_goes_on(
    program: str, tail: bytes
) -> None:
    """As nginx's limit_req does, and haproxy with a full queue."""
    first = iter([b"HTTP/1.1 503 Busy\r\n" + tail + b"Content-Length: 4\r\n\r\nbusy"] * 3)

    def handler(connection: socket.socket) -> None:
        rest = asked(connection)
        refused = next(first, b"")
        connection.sendall(refused or sized(b"ok"))
        while not (refused and tail):
            rest = asked(connection, rest)
            connection.sendall(sized(b"ok"))
        connection.close()

    result = run(program, handler, "--active", "6", "--in-flight", "1", *GET, *QUICK)
    assert errors(result) == {"status": 3}
    assert result["requests"] > 6
    assert result["active_alive"] == 6


def test_a_first_reply_with_another_status_is_where_a_ceiling_is(program: str) -> None:
    """There it is asked how many are served, and a server that is busy says: no more."""
    served = iter([sized(b"ok")] * 4)

    def handler(connection: socket.socket) -> None:
        connection.sendall(next(served, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"))
        servers.wait_for_end(connection)

    asked_for = ["--until-refused", "--connections", "9", "--in-flight", "1", *GET]
    result = run(program, handler, *asked_for, "--reply-timeout", "200ms")
    assert result["stopped_by"] == "status"
    assert result["refused"] == 1


@pytest.mark.parametrize("load", [["--think", "20ms"], ["--rate", "100"], []], ids=str)
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_server_may_end_keep_alive_where_nothing_is_in_flight(
    program: str, load: list[str], how: str
) -> None:
    """node's default is 5 s; here a millisecond. No error, and the next request opens it anew."""

    def handler(connection: socket.socket) -> None:
        rest = asked(connection)
        connection.sendall(sized(b"ok"))
        connection.settimeout(0.001)
        with contextlib.suppress(TimeoutError):
            while True:
                rest = asked(connection, rest)
                connection.sendall(sized(b"ok"))
        if how == "rst":
            servers.reset(connection)
        else:
            connection.close()

    # Before the start nothing is in flight on any; in the closed loop without a time to think
    # that is the only such moment.
    with (
        serving(handler) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", "--active", "2", *GET, *load,
               "--warmup", "0s", "--duration", "200ms" if load else "0s", "--wait"]) as one,
    ):  # fmt: skip
        one.until("connected")
        for connection in server.connections:
            while connection.fileno() != -1:
                select.select([], [], [], 0.001)
        one.tell("start")
        result = one.result()
    assert errors(result) == {}
    assert result["active_alive"] == 2
    assert not load or result["accepted"] > 2


def test_what_a_server_says_unasked_before_it_closes_is_extra(program: str) -> None:
    def handler(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(sized(b"ok"))
        connection.sendall(b"HTTP/1.1 408 Too late\r\n\r\n")
        connection.close()

    result = run(program, handler, "--active", "2", *GET, "--think", "50ms", *QUICK)
    assert errors(result) == {"extra": 2}


def without_end(piece: bytes, head: bytes = b"") -> Handler:
    """After a right reply one that has no end."""

    def handler(connection: socket.socket) -> None:
        rest = asked(connection)
        connection.sendall(sized(b"ok"))
        asked(connection, rest)
        connection.sendall(OK + head)
        while True:
            connection.sendall(piece * 1000)

    return handler


def liar(reply: bytes) -> Handler:
    """After a right reply a wrong one; then it waits."""

    def handler(connection: socket.socket) -> None:
        rest = asked(connection)
        connection.sendall(sized(b"ok"))
        asked(connection, rest)
        connection.sendall(reply)
        servers.wait_for_end(connection)

    return handler


LIARS = [
    ("no http", liar(b"SSH-2.0-x\r\n"), QUICK, "protocol"),
    ("http/2", liar(b"HTTP/2 200\r\n\r\n"), QUICK, "protocol"),
    ("no status", liar(b"HTTP/1.1 OK\r\n\r\n"), QUICK, "protocol"),
    ("negative length", liar(OK + b"Content-Length: -1\r\n\r\n"), QUICK, "protocol"),
    ("no length", liar(OK + b"Content-Length: \r\n\r\n"), QUICK, "protocol"),
    ("two numbers", liar(OK + b"Content-Length: 1 2\r\n\r\n"), QUICK, "protocol"),
    ("huge length", liar(OK + b"Content-Length: 99999999999\r\n\r\n"), QUICK, "protocol"),
    ("two lengths", liar(OK + b"Content-Length: 2\r\n" * 2 + b"\r\nok"), QUICK, "protocol"),
    ("folded", liar(OK + b"A: b\r\n c\r\n\r\n"), QUICK, "protocol"),
    ("no chunk size", liar(OK + CHUNKED + b"x\r\n"), QUICK, "protocol"),
    ("chunk too long", liar(chunked(b"hello").replace(b"5;", b"4;")), QUICK, "protocol"),
    ("huge chunk", liar(chunked(b"hello").replace(b"5;", b"FFFFFFFF0;")), QUICK, "protocol"),
    ("extra", liar(sized(b"ok") + b"!"), QUICK, "extra"),
    ("reply too many", liar(sized(b"ok") * 2), QUICK, "extra"),
    ("after closing", liar(sized(b"ok", b"Connection: close") + b"!"), QUICK, "extra"),
    ("short", liar(sized(b"ok")[:-1]), IMPATIENT, "reply_timeout"),
    ("closes in it", answers_and_closes(sized(b"ok"), sized(b"ok")[:-1]), QUICK, "closed"),
    ("closes in a chunk", answers_and_closes(sized(b""), chunked(b"hello")[:-9]), QUICK, "closed"),
    ("headers without end", without_end(b"A: b\r\n"), QUICK, "too_long"),
    ("a line without end", without_end(b"abcdef"), QUICK, "too_long"),
    ("trailer without end", without_end(b"A: b\r\n", CHUNKED + b"0\r\n"), QUICK, "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("handler", "timing", "kind"), [each[1:] for each in LIARS], ids=[each[0] for each in LIARS]
)
def test_a_liar_is_found(program: str, handler: Handler, timing: list[str], kind: str) -> None:
    result = run(program, handler, "--active", "2", *GET, *timing)
    assert errors(result) == {kind: 2}
    assert result["active_alive"] == 0
    assert result["interrupted"] is False


def test_a_body_without_end_is_too_long(program: str) -> None:
    def handler(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(bytes(65536))

    result = run(program, handler, "--active", "2", *GET, *QUICK, "--reply-most", "1MiB")
    assert errors(result) == {"too_long": 2}
    assert result["rss_bytes"] < 64 << 20
