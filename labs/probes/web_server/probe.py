"""web_server: does a web server keep the rules of HTTP/1.1 that a static server needs?

This probe is the only client of the server, with several connections. Each case is one finding:
`kept` is yes or no, and `seen` is what the server did instead. The documents are those of
labs/homework/webserv: /, /hello.txt, and N letters as /bytes/N.

Arguments: only=CASE (may be given several times), length=N (bytes of the large document).
"""

import json
import sys
import time
from collections.abc import Callable

from client import BrokenError, Client, Reply, request

LETTERS = b"abcdefghijklmnopqrstuvwxyz"
HELLO = b"Hello, world!\n"
HEAD_MOST = 8 * 1024
MANY = 20


def letters(length: int) -> bytes:
    return (LETTERS * (length // len(LETTERS) + 1))[:length]


def require(reply: Reply, status: int = 200, body: bytes | None = None) -> None:
    if reply.status != status:
        raise BrokenError(f"status {reply.status} instead of {status}")
    if body is None or reply.body == body:
        return
    if len(reply.body) != len(body):
        raise BrokenError(f"a body of {len(reply.body)} bytes instead of {len(body)}")
    wrong = next(i for i, byte in enumerate(body) if reply.body[i] != byte)
    raise BrokenError(f"byte {wrong} of {len(body)} is another")


def page() -> None:
    with Client() as client:
        reply = client.get("/")
        require(reply)
        if not reply.fields.get("content-type", "").startswith("text/html"):
            raise BrokenError(f"Content-Type is {reply.fields.get('content-type', '')[:40]!r}")
        if not reply.body.startswith(b"<!DOCTYPE html>"):
            raise BrokenError("the page does not begin with <!DOCTYPE html>")


def keep_alive() -> None:
    with Client() as client:
        for path, body in (("/hello.txt", HELLO), ("/bytes/1000", letters(1000))) * 5:
            require(client.get(path), 200, body)


def close() -> None:
    for word in ("close", "Close"):
        with Client() as client:
            require(client.get("/hello.txt", f"Connection: {word}"), 200, HELLO)
            client.require_end()


def old_version() -> None:
    """Without `Connection: keep-alive` a client of HTTP/1.0 expects the end."""
    with Client() as client:
        client.send(request("/hello.txt", version="1.0"))
        require(client.reply(), 200, HELLO)
        client.require_end()


def pieces() -> None:
    with Client() as client:
        client.trickle(request("/bytes/300", "X-One: 1", "X-Two: 2"))
        require(client.reply(), 200, letters(300))
        half = request("/hello.txt")
        client.send(half[:-2])
        client.require_silence(0.05)
        client.send(half[-2:])
        require(client.reply(), 200, HELLO)


def pipelined() -> None:
    with Client() as client:
        lengths = [*range(0, 900, 60), 5000, 1]
        client.send(b"".join(request(f"/bytes/{n}") for n in lengths))
        for n in lengths:
            require(client.reply(), 200, letters(n))


def missing() -> None:
    with Client() as client:
        for path in ("/nothing", "/bytes/", "/bytes/x", "/../hello.txt", "//", "/bytes/99999999"):
            require(client.get(path), 404)
        require(client.get("/hello.txt"), 200, HELLO)


def query() -> None:
    with Client() as client:
        require(client.get("/hello.txt?name=value"), 200, HELLO)


def method() -> None:
    with Client() as client:
        client.send(request("/hello.txt", method="DELETE"))
        reply = client.reply()
        require(reply, 405)
        if reply.fields.get("allow", "").upper().replace(" ", "") not in ("GET", "GET,HEAD"):
            raise BrokenError(f"405 with Allow: {reply.fields.get('allow', '')[:40]!r}")


def malformed() -> None:
    for text in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n"):
        with Client() as client:
            client.send(text)
            require(client.reply(), 400)
            client.require_end()


def host() -> None:
    with Client() as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        require(client.reply(), 400)


def long_head() -> None:
    """The reply must arrive although the server does not read all that was sent."""
    with Client() as client:
        field = f"X-Long: {'x' * (HEAD_MOST // 2)}"
        client.send(request("/", field, field, field))
        require(client.reply(), 431)
        client.require_end()


def large(length: int) -> None:
    with Client() as client:
        require(client.get(f"/bytes/{length}"), 200, letters(length))
        require(client.get("/hello.txt"), 200, HELLO)


def slow_reader(length: int) -> None:
    """It asks for more than the sockets hold, and reads it later. Others must not wait for it."""
    with Client() as slow:
        slow.send(request(f"/bytes/{length}"))
        time.sleep(0.05)
        for _ in range(MANY):
            with Client() as other:
                require(other.get("/hello.txt"), 200, HELLO)
        require(slow.reply(), 200, letters(length))


def half_close() -> None:
    """A client that ends its own side after the request still gets the whole reply."""
    with Client() as client:
        client.send(request("/bytes/200000"))
        client.socket.shutdown(1)
        require(client.reply(), 200, letters(200000))
        client.require_end()


def unfinished() -> None:
    """Clients that send half a request, and stay or leave."""
    waiting = [Client() for _ in range(MANY)]
    for client in waiting:
        client.send(request("/")[:20])
    for client in waiting[::2]:
        client.socket.close()
    with Client() as other:
        require(other.get("/hello.txt"), 200, HELLO)
    for client in waiting[1::2]:
        client.send(request("/")[20:])
        require(client.reply())
        client.socket.close()


def main() -> None:
    words = [word.partition("=") for word in sys.argv[1:]]
    chosen = [value for name, _, value in words if name == "only"]
    length = next((int(value) for name, _, value in words if name == "length"), 3_000_000)
    cases: dict[str, Callable[[], None]] = {
        each.__name__: each
        for each in (
            page, keep_alive, close, old_version, pieces, pipelined, missing, query, method,
            malformed, host, long_head, half_close, unfinished,
        )
    }  # fmt: skip
    cases |= {"large": lambda: large(length), "slow_reader": lambda: slow_reader(4 * length)}
    for name in chosen or cases:
        seen = ""
        try:
            cases[name]()
        except BrokenError as error:
            seen = str(error)
        finding = {"probe": "web_server", "case": name, "kept": "no" if seen else "yes"}
        print(json.dumps(finding | ({"seen": seen} if seen else {})), flush=True)


main()
