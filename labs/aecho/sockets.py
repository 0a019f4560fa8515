"""sockets.py: the calls that would block, as coroutines: each tries, and waits its turn."""

from select import EPOLLIN, EPOLLOUT
from socket import socket

from loop import until


async def recv(client: socket, size: int) -> bytes:
    """Waits first: a client who never stops talking has one turn a round, as all the others."""
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
