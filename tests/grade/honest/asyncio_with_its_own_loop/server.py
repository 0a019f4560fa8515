"""asyncio with a loop class of the server's own, over select, which counts its rounds, and with a
signal handler and a child process, as services have them."""

import asyncio
import os
import selectors
import signal


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__(selectors.SelectSelector())
        self.rounds = 0

    def _run_once(self):
        self.rounds += 1
        super()._run_once()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, text):
        self.transport.write(text)


async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, os._exit, 0)
    child = await asyncio.create_subprocess_exec("/bin/true")
    await child.wait()
    server = await loop.create_server(Echo, "0.0.0.0", int(os.environ["PORT"]), backlog=512)
    print(f"READY port={os.environ['PORT']} model=coroutine", flush=True)
    await server.serve_forever()


with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
