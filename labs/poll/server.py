"""poll: one thread asks about all clients at once, with an entry in an array for each.

Wait:        the only thread sleeps inside poll, for all clients
Copy:        the same thread, inside recv and send, after poll said which are ready
Idle client: 8 bytes of the array; copied to and from the kernel, and looked at, in every call
Ceiling:     descriptors (EMFILE); long before, the time to look through the array
"""

import select
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel reads fd and events of each entry and writes revents. Python keeps the dense
# array inside this object, and builds it anew after each change of who is watched.
watched = select.poll()
clients: dict[int, socket] = {}


# What to wait for: until a client is readable, or, when it is stuck, writable.
def set_interest(fd: int, events: int) -> None:
    watched.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    clients[fd] = client
    watched.register(fd, select.POLLIN)


def remove_client(fd: int) -> None:
    watched.unregister(fd)
    lab.close_client(clients.pop(fd))


# If there are more than one batch, the listener stays readable: the rest come next time.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NOBODY:
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
        # Python has looked at every entry already, to make this list of those that are ready.
        for fd, _ in watched.poll():
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
