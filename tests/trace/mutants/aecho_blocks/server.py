"""A mutant: one of the coroutines makes a call that blocks the whole thread."""

import asyncio
import time

import lab


async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while received := await reader.read(64 * 1024):
        time.sleep(0.02)  # in the meantime no client is served
        writer.write(received)
        await writer.drain()
    writer.close()


async def main() -> None:
    listener = lab.open_listener(blocking=False)
    server = await asyncio.start_server(serve_client, sock=listener)
    lab.say_ready(listener, "aecho")
    await server.serve_forever()


lab.obey_signals()
asyncio.run(main())
