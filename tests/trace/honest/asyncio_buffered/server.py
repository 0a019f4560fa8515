"""asyncio with a BufferedProtocol."""

import asyncio
import os


class Echo(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray(4096)

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        self.transport.write(bytes(self.buffer[:nbytes]))


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=500)
    print(f"READY port={os.environ['PORT']} model=asyncio", flush=True)
    await server.serve_forever()


asyncio.run(main())
