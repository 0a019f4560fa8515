"""Whether the bytes that came back are a whole reply of a protocol other than the echo, and the
right one. Pure."""

from __future__ import annotations

import io
import socket
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import cast

from runner.spec.exchange import Reply
from runner.spec.wire import escaped

_HEAD_ENDS = b"\r\n\r\n"
_LONGEST = 1 << 20
_SHOWN = 40


class WrongReplyError(ValueError):
    """No further byte makes it right. The message is a clause after "the server replied"."""


def whole(reply: Reply, received: bytes) -> bool:
    """Raises WrongReplyError."""
    if len(received) > _LONGEST:
        raise WrongReplyError(f"with more than {_LONGEST >> 20} MiB")
    if reply.http is not None:
        return _http(received, reply.http)
    if reply.exactly is not None:
        if not reply.exactly.startswith(received):
            raise WrongReplyError(f"{shown(received)}, not {shown(reply.exactly)}")
        return received == reply.exactly
    length = _length(reply, received)
    return length is not None and _ends_at(length, received)


def shown(content: bytes) -> str:
    """Its first bytes, as one types them."""
    return f"'{escaped(content[:_SHOWN])}'" + ("..." if len(content) > _SHOWN else "")


def _length(reply: Reply, received: bytes) -> int | None:
    """Of the reply, as far as it is known; None where its end has not come."""
    if reply.until is None:
        assert reply.bytes is not None  # noqa: S101 - a reply has one of four ends
        return reply.bytes if len(received) >= reply.bytes else None
    found = received.find(reply.until)
    return found + len(reply.until) if found >= 0 else None


def _ends_at(length: int, received: bytes) -> bool:
    if len(received) > length:
        more = shown(received[length:])
        raise WrongReplyError(f"with bytes after the end of its reply: {more}")
    return True


class _Received(io.BytesIO):
    """The bytes in the place of a socket, of which the library takes a file and closes it."""

    def makefile(self, _mode: str) -> _Received:
        return self

    def close(self) -> None:
        """What is left over is read afterwards."""


def _http(received: bytes, status: int) -> bool:
    if _HEAD_ENDS not in received:
        if not b"HTTP/1.".startswith(received[:7]):
            raise WrongReplyError(f"{shown(received)}, which is not HTTP/1.x")
        return False
    come = _Received(received)
    response = HTTPResponse(cast("socket.socket", come))
    try:
        response.begin()
        if response.status != status:
            raise WrongReplyError(f"with the status {response.status}, not {status}")
        if response.length is None and not response.chunked:
            raise WrongReplyError("without Content-Length, so that only closing ends its reply")
        response.read()
    except IncompleteRead:
        return False
    except HTTPException as error:
        raise WrongReplyError(f"{shown(received)}, which is not HTTP/1.x ({error})") from None
    if response.chunked and not received[: come.tell()].endswith(_HEAD_ENDS):
        return False  # the library takes the end of what has come for the end of the trailer
    return _ends_at(come.tell(), received)
