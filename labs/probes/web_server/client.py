"""client.py: a client of HTTP/1.1 that believes nothing: every size and every time is bounded."""

import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Self

PATIENCE = 3.0  # seconds without a byte
HEAD_MOST, BODY_MOST = 64 * 1024, 32 << 20
RECEIVE = 64 * 1024


class BrokenError(Exception):
    """What the server did, where it should have done something else."""


@dataclass(frozen=True)
class Reply:
    status: int
    fields: dict[str, str]  # names in lower-case letters
    body: bytes


def port() -> int:
    """The server's port. Without a server this probe has nothing to do."""
    if "PORT" not in os.environ:
        remedy = "this probe is run beside a server: add server: to the experiment"
        print(f'MISSING what=server remedy="{remedy}"')
        sys.exit(77)
    return int(os.environ["PORT"])


class Client:
    """One connection."""

    def __init__(self) -> None:
        self.pending = b""
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(("127.0.0.1", port()))
        except OSError as error:
            raise BrokenError(f"no connection: {error.strerror or 'no answer in time'}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise BrokenError(f"the server takes no request: {error.strerror}") from None

    def get(self, path: str, *fields: str) -> Reply:
        self.send(request(path, *fields))
        return self.reply()

    def reply(self) -> Reply:
        """The next reply, whole. Raises BrokenError."""
        while b"\r\n\r\n" not in self.pending:
            if len(self.pending) > HEAD_MOST:
                raise BrokenError(f"a head of more than {HEAD_MOST} bytes")
            self.receive("the head")
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii", "replace").split("\r\n")
        words = first.split(" ", 2)
        if words[0] not in ("HTTP/1.0", "HTTP/1.1") or len(words) < 2 or not is_number(words[1]):
            raise BrokenError(f"a first line that is none of HTTP/1.1: {first[:40]!r}")
        fields = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BrokenError(f"a line that is no header: {line[:40]!r}")
            fields[name.lower()] = value.strip()
        length = fields.get("content-length", "")
        if not is_number(length) or int(length) > BODY_MOST:
            raise BrokenError(f"Content-Length is {length[:20]!r}")
        while len(self.pending) < int(length):
            self.receive(f"{length} bytes of the body")
        body, self.pending = self.pending[: int(length)], self.pending[int(length) :]
        return Reply(int(words[1]), fields, body)

    def receive(self, awaited: str) -> None:
        got = len(self.pending)
        try:
            data = self.socket.recv(RECEIVE)
        except TimeoutError:
            text = f"no further byte within {PATIENCE:g} s of {awaited}, after {got}"
            raise BrokenError(text) from None
        except OSError as error:
            raise BrokenError(f"{error.strerror} before {awaited}, after {got} bytes") from None
        if not data:
            raise BrokenError(f"the server closes before {awaited}, after {got} bytes")
        self.pending += data

    def require_end(self) -> None:
        """The server closes, with nothing more to say. Raises BrokenError."""
        try:
            more = self.pending or self.socket.recv(RECEIVE)
        except TimeoutError:
            raise BrokenError(f"the connection is still open after {PATIENCE:g} s") from None
        except OSError as error:
            raise BrokenError(f"the end is no orderly one: {error.strerror}") from None
        if more:
            raise BrokenError("bytes after the last reply")

    def require_silence(self, seconds: float) -> None:
        """No byte and no end in that time. Raises BrokenError."""
        if select.select([self.socket], [], [], seconds)[0]:
            raise BrokenError("bytes or the end, before the request was complete")

    def trickle(self, data: bytes) -> None:
        """Byte by byte, each in a segment of its own."""
        for i in range(len(data)):
            self.send(data[i : i + 1])
            time.sleep(0.001)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def request(path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", *fields, "", ""]
    return "\r\n".join(lines).encode()
