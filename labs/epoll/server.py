"""epoll: the kernel keeps the list of clients and reports the ready ones to one thread.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv and send, after epoll_wait has reported the ready ones
Idle client: no user memory, no CPU time; an entry in the interest list, copied once on arrival
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import errno
import select
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel keeps the interest list, a tree of all watched descriptors. A packet that arrives
# puts its socket on the ready list, and epoll_wait copies out only the ready list. This server
# is level-triggered: a socket stays on the ready list as long as it is ready.
epoll = select.epoll()
clients: dict[int, socket] = {}


# Set the event to wait for: readable, or writable while the client is stuck.
def set_interest(fd: int, events: int) -> None:
    epoll.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        epoll.register(fd, select.EPOLLIN)
    except OSError as error:
        limit = "max_user_watches" if error.errno == errno.ENOSPC else "ENOMEM"
        lab.refuse_client(client, limit, fd)
        return
    clients[fd] = client


# Closing the only descriptor of a socket also removes it from the interest list.
def remove_client(fd: int) -> None:
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
            set_interest(fd, select.EPOLLOUT)
        case lab.FLUSHED:
            set_interest(fd, select.EPOLLIN)
        case lab.CLOSED:
            remove_client(fd)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    epoll.register(listener, select.EPOLLIN)
    lab.say_ready(listener, "epoll")

    while True:
        # Each event is a ready descriptor: idle clients do not appear, nothing is searched.
        for fd, _ in epoll.poll(maxevents=256):
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
