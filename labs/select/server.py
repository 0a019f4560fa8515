"""select: one thread waits for all clients at once, with one bit for each descriptor.

Wait:        the only thread sleeps inside select, for all clients
Copy:        the same thread, inside recv and send, after select has reported the ready clients
Idle client: one bit in each set; every call copies it to and from the kernel and checks it
Ceiling:     FD_SETSIZE: no descriptor numbered 1024 or above, however few are open
"""

import select
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# An fd_set is an array of 1024 bits, a constant of the header of glibc. Python builds an
# fd_set from each of these sets in every call, and raises ValueError for a descriptor that has
# no bit in it. select returns new lists of the ready descriptors.
FD_SETSIZE = 1024
readers: set[int] = set()
writers: set[int] = set()
clients: dict[int, socket] = {}


# Set the event to wait for: readable, or writable while the client is stuck.
def set_interest(fd: int, origin: set[int], to: set[int]) -> None:
    origin.discard(fd)
    to.add(fd)


def add_client(client: socket) -> None:
    fd = client.fileno()
    if fd >= FD_SETSIZE:
        lab.refuse_client(client, "FD_SETSIZE", fd)
        return
    clients[fd] = client
    readers.add(fd)


def remove_client(fd: int) -> None:
    readers.discard(fd)
    writers.discard(fd)
    lab.close_client(clients.pop(fd))


# Clients beyond one batch wait for the next round: the listener stays readable.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NO_CLIENT:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


def serve_client(fd: int) -> None:
    match lab.echo_step(clients[fd]):
        case lab.ECHOED | lab.WOULD_BLOCK:
            pass
        case lab.STUCK:
            set_interest(fd, readers, writers)
        case lab.FLUSHED:
            set_interest(fd, writers, readers)
        case lab.CLOSED:
            remove_client(fd)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    readers.add(listener.fileno())
    lab.say_ready(listener, "select")

    while True:
        readable, writable, _ = select.select(readers, writers, ())
        # Python has already checked every bit to make these lists of the ready descriptors.
        for fd in readable + writable:
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
