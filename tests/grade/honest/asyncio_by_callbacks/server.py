"""asyncio without a coroutine for a client: add_reader and add_writer call functions, and the
executor has threads that were used once and are idle."""

import asyncio
import os

from lab import (
    CLOSED,
    FLUSHED,
    STUCK,
    accept_client,
    close_client,
    echo_step,
    obey_signals,
    open_listener,
    say_ready,
)


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, os.getpid) for _ in range(4)))
    listener = open_listener(blocking=False)

    def serve(client):
        step = echo_step(client)
        if step == CLOSED:
            loop.remove_reader(client)
            loop.remove_writer(client)
            close_client(client)
        elif step == STUCK:
            loop.remove_reader(client)
            loop.add_writer(client, serve, client)
        elif step == FLUSHED:
            loop.remove_writer(client)
            loop.add_reader(client, serve, client)

    def accepts():
        client = accept_client(listener, blocking=False)
        if hasattr(client, "recv"):
            loop.add_reader(client, serve, client)

    loop.add_reader(listener, accepts)
    say_ready(listener, "epoll")
    await asyncio.Event().wait()


obey_signals()
asyncio.run(main())
