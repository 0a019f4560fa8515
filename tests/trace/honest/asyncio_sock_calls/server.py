"""asyncio with sock_accept and sock_recv, and a task for each client."""

import asyncio

from lab import close_client, obey_signals, open_listener, say_ready


async def serve(client):
    loop = asyncio.get_running_loop()
    while text := await loop.sock_recv(client, 4096):
        await loop.sock_sendall(client, text)
    close_client(client)


async def main():
    obey_signals()
    listener = open_listener(blocking=False)
    say_ready(listener, "asyncio")
    tasks = set()
    while True:
        client, _ = await asyncio.get_running_loop().sock_accept(listener)
        client.setblocking(False)
        tasks.add(asyncio.create_task(serve(client)))


asyncio.run(main())
