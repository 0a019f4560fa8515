"""asyncio without streams: each client is a coroutine of one TaskGroup, which calls sock_recv, with
a time-out of an hour, and sock_sendall, and then lets the others run."""

import asyncio
import os
import signal

from lab import close_client, open_listener, say_ready

HOUR = 3600


async def serve(client):
    loop = asyncio.get_running_loop()
    try:
        while True:
            async with asyncio.timeout(HOUR):
                text = await loop.sock_recv(client, 32768)
            if not text:
                break
            await loop.sock_sendall(client, text)
            await asyncio.sleep(0)
    except (OSError, TimeoutError):
        pass
    close_client(client)


async def main():
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, os._exit, 0)
    listener = open_listener(blocking=False)
    say_ready(listener, "coroutine")
    async with asyncio.TaskGroup() as group:
        while True:
            client, _ = await loop.sock_accept(listener)
            group.create_task(serve(client))


asyncio.run(main())
