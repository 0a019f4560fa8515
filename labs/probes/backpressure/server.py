"""An echo server on asyncio in four forms, of which two have backpressure.

write          a coroutine that writes, and never awaits drain
drain          the same coroutine, which awaits drain after each write
protocol       a protocol that writes each piece that it receives
pause_reading  the same protocol, which does not read while its transport cannot write

The argument names the form. At SIGUSR1 the server prints how many bytes wait in the buffers of its
transports. The kernel's buffers are small: what waits there is not in the program's memory.
"""

import asyncio
import os
import signal
import socket
import sys
from functools import partial
from typing import cast

KERNEL_BUFFER = 128 << 10
transports: list[asyncio.WriteTransport] = []


async def serve_client(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, drains: bool
) -> None:
    transports.append(writer.transport)
    try:
        while received := await reader.read(64 * 1024):
            writer.write(received)
            if drains:
                await writer.drain()
    except OSError:
        pass  # the connection is lost
    writer.close()


class Echo(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        transports.append(self.transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class PausingEcho(Echo):
    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


def say_buffered() -> None:
    print(sum(transport.get_write_buffer_size() for transport in transports), flush=True)


async def main(form: str) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, os._exit, 0)
    loop.add_signal_handler(signal.SIGUSR1, say_buffered)
    listener = socket.socket()
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):  # a client's socket inherits them
        listener.setsockopt(socket.SOL_SOCKET, option, KERNEL_BUFFER)
    listener.bind(("0.0.0.0", int(os.environ.get("PORT", "9000"))))
    if form in ("write", "drain"):
        handler = partial(serve_client, drains=form == "drain")
        server = await asyncio.start_server(handler, sock=listener)
    else:
        protocol = {"protocol": Echo, "pause_reading": PausingEcho}[form]
        server = await loop.create_server(protocol, sock=listener)
    print(f"READY port={listener.getsockname()[1]} model=asyncio", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
