"""A decoy: asyncio accepts, and another thread, with an epoll of its own, serves the clients."""

import asyncio
import os
import select
import socket
import threading

clients = {}
waiting = select.epoll()


def serve():
    while True:
        for fd, _ in waiting.poll():
            try:
                text = clients[fd].recv(65536)
                clients[fd].sendall(text)
            except OSError:
                text = b""
            if not text:
                waiting.unregister(fd)
                clients.pop(fd).close()


async def main():
    listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
    listener.setblocking(False)
    threading.Thread(target=serve, daemon=True).start()
    loop = asyncio.get_running_loop()
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    while True:
        client, _ = await loop.sock_accept(listener)
        client.setblocking(True)
        clients[client.fileno()] = client
        waiting.register(client, select.EPOLLIN)


asyncio.run(main())
