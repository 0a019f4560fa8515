"""uvloop with a buffered protocol, and a name that a thread of its pool resolves."""

import asyncio
import os

import uvloop


class Echo(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport, self.room = transport, bytearray(65536)

    def get_buffer(self, hint):
        return self.room

    def buffer_updated(self, length):
        self.transport.write(bytes(self.room[:length]))

    def eof_received(self):
        return False


async def main():
    loop = asyncio.get_running_loop()
    await loop.getaddrinfo("127.0.0.1", 80)
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=512)
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    await server.serve_forever()


uvloop.run(main())
