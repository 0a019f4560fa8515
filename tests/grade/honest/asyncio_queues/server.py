"""asyncio with two coroutines for each client: one reads and puts the bytes into a queue, the other
one takes them out and writes."""

import asyncio
import os


async def write_all(queue, writer):
    while (text := await queue.get()) is not None:
        writer.write(text)
        await writer.drain()


async def serve(reader, writer):
    queue = asyncio.Queue(maxsize=4)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(write_all(queue, writer))
            while text := await reader.read(65536):
                await queue.put(text)
            await queue.put(None)
    except* OSError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(os.environ["PORT"]), backlog=512)
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    await server.serve_forever()


asyncio.run(main())
