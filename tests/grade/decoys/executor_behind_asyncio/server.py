"""A decoy: coroutines only await threads of a pool, each of which blocks in recv of one client."""

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor


async def serve(client, pool):
    loop = asyncio.get_running_loop()
    while text := await loop.run_in_executor(pool, client.recv, 4096):
        await loop.run_in_executor(pool, client.sendall, text)
    client.close()


async def main():
    listener = socket.create_server(("0.0.0.0", int(os.environ["PORT"])), backlog=512)
    pool = ThreadPoolExecutor(300)
    loop, tasks = asyncio.get_running_loop(), set()
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    while True:
        client, _ = await loop.run_in_executor(pool, listener.accept)
        tasks.add(asyncio.create_task(serve(client, pool)))


asyncio.run(main())
