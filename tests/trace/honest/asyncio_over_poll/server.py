"""asyncio with a PollSelector."""

import asyncio
import os
import selectors


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=500)
    print(f"READY port={os.environ['PORT']} model=asyncio", flush=True)
    await server.serve_forever()


with asyncio.Runner(
    loop_factory=lambda: asyncio.SelectorEventLoop(selectors.PollSelector())
) as runner:
    runner.run(main())
