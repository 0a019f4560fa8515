"""asyncio with its computation in a thread pool; the event loop reads and writes."""

import asyncio
import os


async def serve(reader, writer):
    while text := await reader.read(4096):
        writer.write(await asyncio.to_thread(bytes, text))
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(os.environ["PORT"]), backlog=500)
    print(f"READY port={os.environ['PORT']} model=asyncio", flush=True)
    await server.serve_forever()


asyncio.run(main())
