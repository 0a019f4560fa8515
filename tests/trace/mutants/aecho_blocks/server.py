"""A mutant: aecho, but its coroutine makes one call that blocks, and with it the whole thread."""

import sys
import time
from pathlib import Path
from select import EPOLLIN
from socket import socket

import lab

sys.path.append(str(Path(lab.__file__).parent / "aecho"))
from loop import Task, close, run, until
from sockets import recv, send_all


async def serve_client(client: socket) -> None:
    while received := await recv(client, 64 * 1024):
        time.sleep(0.02)  # meanwhile nobody is served
        await send_all(client, received)
    close(client)


async def accept_clients(listener: socket) -> None:
    while True:
        await until(listener, EPOLLIN)
        client = lab.accept_client(listener, blocking=False)
        if isinstance(client, socket):
            Task(serve_client(client))


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    lab.say_ready(listener, "aecho")
    run(accept_clients(listener))


main()
