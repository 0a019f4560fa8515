"""coroutine-loop: an echo server with a coroutine for each client. Given: your work is in loop.py.

A coroutine awaits until its socket is ready, and the loop runs another one meanwhile. Nothing here
knows how the loop does that.
"""

from select import EPOLLIN
from socket import socket

from loop import Task, close, run, sleep, until
from sockets import recv, send_all
from start import accept_client, obey_signals, open_listener, say_ready

BATCH = 64  # so many new clients at a time: the connected ones must not wait for a crowd


async def accept_clients(listener: socket) -> None:
    while True:
        await until(listener, EPOLLIN)
        try:
            for _ in range(BATCH):
                client = accept_client(listener)
                if client is None:
                    break
                Task(serve_client(client))
        except OSError:  # the machine is short of something, and the listener stays readable
            await sleep(0.05)


async def serve_client(client: socket) -> None:
    try:
        while received := await recv(client, 64 * 1024):
            await send_all(client, received)
    except OSError:
        pass  # the connection is lost
    finally:
        close(client)


def main() -> None:
    obey_signals()
    listener = open_listener()
    say_ready(listener, "coroutines")
    run(accept_clients(listener))


main()
