"""poll: one thread waits for all clients at once, with one array entry for each client.

Wait:        the only thread sleeps inside poll, for all clients
Copy:        the same thread, inside recv and send, after poll has reported the ready clients
Idle client: 8 bytes of the array; every call copies 8 in and 2 out, and checks the descriptor
Ceiling:     descriptors (EMFILE); long before that, the time to search the array
"""

import select
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel reads fd and events of each entry and writes revents. Python keeps the array inside
# this object and rebuilds it after each change of the watched descriptors.
watched = select.poll()
clients: dict[int, socket] = {}


# Set the event to wait for: readable, or writable while the client is stuck.
def set_interest(fd: int, events: int) -> None:
    watched.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    clients[fd] = client
    watched.register(fd, select.POLLIN)


def remove_client(fd: int) -> None:
    watched.unregister(fd)
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
            set_interest(fd, select.POLLOUT)
        case lab.FLUSHED:
            set_interest(fd, select.POLLIN)
        case lab.CLOSED:
            remove_client(fd)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    watched.register(listener, select.POLLIN)
    lab.say_ready(listener, "poll")

    while True:
        # Python has already checked every entry to make this list of the ready descriptors.
        for fd, _ in watched.poll():
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
