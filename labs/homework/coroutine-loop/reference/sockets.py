"""sockets.py: the calls that would block, as coroutines that suspend the task instead. Given."""

from select import EPOLLIN, EPOLLOUT
from socket import socket

from loop import until


async def recv(client: socket, size: int) -> bytes:
    """Waits first, so that a client that sends without pause gets one turn in each round."""
    while True:
        await until(client, EPOLLIN)
        try:
            return client.recv(size)
        except BlockingIOError:
            continue


async def send_all(client: socket, data: bytes) -> None:
    while data:
        try:
            data = data[client.send(data) :]
        except BlockingIOError:
            await until(client, EPOLLOUT)
