"""A decoy: each client gets a thread, and in it an asyncio loop of its own with one coroutine."""

import asyncio
import os
import socket
import threading


async def echo(client):
    reader, writer = await asyncio.open_connection(sock=client)
    try:
        while text := await reader.read(65536):
            writer.write(text)
            await writer.drain()
    except OSError:
        pass
    writer.close()


def serve(client):
    client.setblocking(False)
    asyncio.run(echo(client))


listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
while True:
    one, _ = listener.accept()
    threading.Thread(target=serve, args=(one,), daemon=True).start()
