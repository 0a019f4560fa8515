"""A user-defined protocol: the request that is sent, and what ends a reply."""

from __future__ import annotations

from typing import Annotated

from runner.spec.matrix import Strict
from runner.spec.quantity import BYTES, MIB, WHOLE
from runner.spec.wire import Octets, Wire


class Reply(Strict):
    """What ends a reply: one of these."""

    bytes: Annotated[int, BYTES.between(1, 16 * MIB)] | None = None
    """A reply is so many bytes, with any content."""
    until: Annotated[Octets, Wire("a delimiter", 1024)] | None = None
    """The end of every reply, such as "\\r\\n"; no reply contains it earlier."""
    exactly: Annotated[Octets, Wire("a reply", 1024)] | None = None
    """The whole reply, compared byte by byte."""
    http: Annotated[int, WHOLE.between(200, 599)] | None = None
    """A whole reply of HTTP/1.x with this status."""

    def written(self) -> tuple[str, ...]:
        """The keys that were given: there must be one."""
        return tuple(name for name, value in self if value is not None)


class Exchange(Strict):
    """Instead of the echo: a request that is sent repeatedly, and its reply."""

    send: Annotated[bytes, Wire("a request", 32_768)]
    """The request, such as "PING\\r\\n" or {hex: "00 00 00 04 50 49 4e 47"}. In double quotes \\xff
    is one byte, \\0 is NUL, and \\\\n is a backslash and n."""
    reply: Reply
    """What ends a reply."""
