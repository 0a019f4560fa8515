"""asyncio streams, each read within a time limit and each client in a task of its own that a group
holds; beside them a task that wakes ten times a second and a lock that tasks share."""

import asyncio
import os
import signal

from lab import obey_signals

LIMIT = 30.0
served = 0


async def serve(reader, writer):
    global served  # noqa: PLW0603
    lock = asyncio.Lock()
    try:
        while data := await asyncio.wait_for(reader.read(16384), LIMIT):
            async with lock:
                writer.write(data)
                await writer.drain()
            served += 1
    except (OSError, TimeoutError):
        pass
    writer.close()


async def counts():
    while True:
        await asyncio.sleep(0.1)
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.001))


async def main():
    port = int(os.environ.get("PORT", "9000"))
    backlog = int(os.environ.get("BACKLOG", "1024"))
    server = await asyncio.start_server(serve, "0.0.0.0", port, backlog=backlog)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: os._exit(0))
    beside = asyncio.ensure_future(counts())
    print(f"READY port={port} model=asyncio", flush=True)
    async with server:
        await asyncio.gather(server.serve_forever(), beside)


obey_signals()
asyncio.run(main())
