"""asyncio with a coroutine that wakes a hundred times a second without need."""

import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def tick():
    while True:
        await asyncio.sleep(0.01)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=500)
    print(f"READY port={os.environ['PORT']} model=asyncio", flush=True)
    ticker = asyncio.create_task(tick())  # noqa: F841
    await server.serve_forever()


asyncio.run(main())
