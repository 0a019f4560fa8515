"""asyncio in a second thread; the main thread waits for the signal that ends the server."""

import asyncio
import os
import signal
import threading


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=512)
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    await server.serve_forever()


ends = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
signal.sigwait(ends)
