"""A decoy: an asyncio loop watches a pipe. A thread for each client blocks in recv and writes
into the pipe."""

import asyncio
import os
import threading

from lab import (
    accept_client,
    close_client,
    obey_signals,
    open_listener,
    say_ready,
)

READ, WRITE = os.pipe()


def serve(client):
    while True:
        try:
            text = client.recv(4096)
        except OSError:
            break
        if not text:
            break
        os.write(WRITE, b"x")
        client.sendall(text)
    close_client(client)


def accept(listener):
    while True:
        client = accept_client(listener, blocking=True)
        if hasattr(client, "recv"):
            threading.Thread(target=serve, args=(client,), daemon=True).start()


async def main():
    obey_signals()
    listener = open_listener(blocking=True)
    asyncio.get_running_loop().add_reader(READ, os.read, READ, 100)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    say_ready(listener, "asyncio")
    await asyncio.Event().wait()


asyncio.run(main())
