"""An echo server on asyncio that needs an answer from elsewhere before it replies.

It gets the answer by the call that the first argument names, which takes MILLISECONDS. The second
argument restricts this to requests that begin with it. All clients have one event loop. The server
keeps the contract of a lab: `runner trace labs/probes/blocking_call --coroutines` names the call
that stops the loop.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

SECONDS = int(os.environ.get("MILLISECONDS", "50")) / 1000


def compute() -> None:
    """Use the CPU for as long as the other calls sleep."""
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        pass


async def sleep() -> None:
    time.sleep(SECONDS)  # noqa: ASYNC251 (the error that this server shows)


async def sleep_in_thread() -> None:
    await asyncio.to_thread(time.sleep, SECONDS)


async def sleep_in_loop() -> None:
    await asyncio.sleep(SECONDS)


async def compute_in_loop() -> None:
    compute()


async def compute_in_thread() -> None:
    await asyncio.to_thread(compute)


CALLS: dict[str, Callable[[], Awaitable[None]]] = {
    "time.sleep": sleep,
    "to_thread(time.sleep)": sleep_in_thread,
    "asyncio.sleep": sleep_in_loop,
    "compute": compute_in_loop,
    "to_thread(compute)": compute_in_thread,
}


async def main(name: str = "time.sleep", beginning: str = "") -> None:
    get_answer = CALLS[name]

    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while received := await reader.read(64 * 1024):
                if received.startswith(beginning.encode()):
                    await get_answer()
                writer.write(received)
                await writer.drain()
        except OSError:
            pass  # the connection is lost
        writer.close()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, os._exit, 0)
    port = int(os.environ.get("PORT", "9000"))
    server = await asyncio.start_server(serve_client, "0.0.0.0", port)
    port = server.sockets[0].getsockname()[1]
    print(f"READY port={port} model=asyncio", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
