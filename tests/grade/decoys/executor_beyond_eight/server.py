"""A decoy: coroutines of asyncio serve up to eight clients. If there are more, each only waits
until its client is readable, and then a thread of a pool blocks in recv for up to 64 messages."""

import asyncio
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from lab import accept_client, close_client, obey_signals, open_listener, say_ready

FEW, POOL, MORE = 8, 16, 64
SOON = struct.pack("ll", 0, 5000)  # 5 milliseconds
pool = ThreadPoolExecutor(POOL)
tasks = set()


async def readable(client):
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(client, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(client)


def echo(client, messages, flags):
    """Whether the client has left."""
    try:
        for _ in range(messages):
            text = client.recv(16384, flags)
            if not text:
                return True
            client.send(text, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


async def serve(client):
    left = False
    while not left:
        await readable(client)
        if len(tasks) > FEW:
            loop = asyncio.get_running_loop()
            left = await loop.run_in_executor(pool, echo, client, MORE, 0)
        else:
            left = echo(client, 1, socket.MSG_DONTWAIT)
    close_client(client)


def accept_all(listener):
    while hasattr(client := accept_client(listener, blocking=True), "recv"):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, SOON)
        task = asyncio.get_running_loop().create_task(serve(client))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def main():
    listener = open_listener(blocking=False)
    asyncio.get_running_loop().add_reader(listener, accept_all, listener)
    say_ready(listener, "coroutine")
    await asyncio.get_running_loop().create_future()


obey_signals()
asyncio.run(main())
