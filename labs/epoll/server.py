"""epoll: the kernel keeps the list of clients, and tells one thread which are ready.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv and send, after epoll_wait said which are ready
Idle client: no user memory and no time; an entry in the kernel's tree, copied once, when it came
Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
"""

import select
import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel keeps all watched descriptors in a tree of its own. A packet that arrives
# puts its socket on a ready list, and epoll_wait copies out that list alone. This is
# level-triggered: a socket stays on the list for as long as there is something to do.
epoll = select.epoll()
clients: dict[int, socket] = {}


# What to wait for: until a client is readable, or, when it is stuck, writable.
def set_interest(fd: int, events: int) -> None:
    epoll.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        epoll.register(fd, select.EPOLLIN)
    except OSError:
        lab.refuse_client(client, "max_user_watches", fd)
        return
    clients[fd] = client


# Closing a descriptor takes it off the kernel's list as well: no call is needed.
def remove_client(fd: int) -> None:
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
        # Each event is a ready descriptor: nothing to look for, idle clients are not here.
        for fd, _ in epoll.poll(maxevents=256):
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
