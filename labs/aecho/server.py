"""aecho: a coroutine for every client, on an event loop small enough to read in full.

Wait:        the only thread sleeps inside epoll_wait, for all clients; coroutines are suspended
Copy:        the same thread, inside recv and send, when the client's coroutine runs
Idle client: a task: three suspended frames and their objects; an entry in the interest list
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import errno
import sys
from pathlib import Path
from select import EPOLLIN
from socket import socket

from loop import Task, close, run, until  # beside this file: read it next
from sockets import recv, send_all

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The errors of epoll_ctl for a new client: man 2 epoll_ctl.
LIMITS = {errno.ENOSPC: "max_user_watches", errno.ENOMEM: "ENOMEM"}


def add_client(client: socket) -> None:
    Task(serve_client(client))


async def accept_clients(listener: socket) -> None:
    while True:
        await until(listener, EPOLLIN)
        for _ in range(lab.ACCEPT_BATCH):
            client = lab.accept_client(listener, blocking=False)
            if client is lab.NO_CLIENT:
                break
            if client is lab.REFUSED:
                continue
            add_client(client)


async def serve_client(client: socket) -> None:
    try:
        while received := await recv(client, 64 * 1024):
            await send_all(client, received)
    except OSError as error:
        if error.errno in LIMITS:
            lab.refuse_client(client, LIMITS[error.errno], client.fileno())
    close(client)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    lab.say_ready(listener, "aecho")
    run(accept_clients(listener))


main()
