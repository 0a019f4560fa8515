"""asyncio streams; ten threads of its default executor have been used and are idle."""

import asyncio
import os
import time


async def serve(reader, writer):
    while text := await reader.read(65536):
        writer.write(text)
        await writer.drain()
    writer.close()


async def main():
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(10)))
    server = await asyncio.start_server(serve, "0.0.0.0", int(os.environ["PORT"]), backlog=512)
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    await server.serve_forever()


asyncio.run(main())
