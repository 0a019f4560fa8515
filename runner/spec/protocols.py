"""The protocols that a server is known to speak, by name: the request, and what ends its reply."""

from __future__ import annotations

from collections.abc import Mapping

from runner.spec.exchange import Exchange, Reply

PROTOCOLS: Mapping[str, Exchange | None] = {
    "echo": None,
    "http": Exchange(send=b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", reply=Reply(http=200)),
    "redis": Exchange(send=b"PING\r\n", reply=Reply(exactly=b"+PONG\r\n")),
    "memcached": Exchange(send=b"get iolab\r\n", reply=Reply(exactly=b"END\r\n")),
}
"""None is the echo: each of its requests has other bytes."""
