"""A decoy: each coroutine sleeps for 1 ms and then tries its client: the event loop
never watches a socket."""

import asyncio

from lab import (
    CLOSED,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)


async def serve(client):
    while echo_step(client) != CLOSED:
        await asyncio.sleep(0.001)
    close_client(client)


async def main():
    obey_signals()
    listener = open_listener(blocking=False)
    say_ready(listener, "asyncio")
    tasks = set()
    while True:
        client = accept_client(listener, blocking=False)
        if hasattr(client, "recv"):
            tasks.add(asyncio.create_task(serve(client)))
        await asyncio.sleep(0.001)


asyncio.run(main())
