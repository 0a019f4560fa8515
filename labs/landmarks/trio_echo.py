"""The echo server of trio's tutorial. A client that resets its connection must not end the nursery
of all others."""

import os
from contextlib import suppress

import trio


async def echo(stream: trio.SocketStream) -> None:
    with suppress(trio.BrokenResourceError):
        async for data in stream:
            await stream.send_all(data)


async def main() -> None:
    port, backlog = int(os.environ["PORT"]), int(os.environ["BACKLOG"])
    await trio.serve_tcp(echo, port, host="0.0.0.0", backlog=backlog)


trio.run(main)
