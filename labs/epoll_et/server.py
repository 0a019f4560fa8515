"""epoll_et: as epoll, but the kernel reports each change once (edge-triggered).

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv and send, until they return EAGAIN
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
# is edge-triggered: epoll_wait takes a socket off the ready list, and only a new event puts it
# back. If the server stops before the socket is empty, the kernel does not report the remaining
# bytes again until further bytes arrive. EAGAIN shows that it is empty. On a stream a recv that
# fills less than its buffer shows it as well, and saves that call: epoll(7).
EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET
DRAIN_BATCH = 16
epoll = select.epoll()
clients: dict[int, socket] = {}


# Set the events to wait for: becoming readable and becoming writable. They are set once and
# stay set, even while the client is stuck: its packets then cause events, and its send fails.
def set_interest(fd: int, events: int) -> None:
    epoll.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        epoll.register(fd, EDGES)
    except OSError as error:
        limit = "max_user_watches" if error.errno == errno.ENOSPC else "ENOMEM"
        lab.refuse_client(client, limit, fd)
        return
    clients[fd] = client


# Closing the only descriptor of a socket also removes it from the interest list.
def remove_client(fd: int) -> None:
    lab.close_client(clients.pop(fd))


# Only the listener is level-triggered: clients beyond one batch wait for the next round.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NO_CLIENT:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# Drain the socket: repeat until EAGAIN. But a client that sends as fast as the server reads
# would keep the server here forever. So after DRAIN_BATCH steps the other clients have their
# turn. Setting the same interest again makes the kernel check the socket again: if it is still
# ready, the kernel puts it at the end of the ready list.
def serve_client(fd: int) -> None:
    for _ in range(DRAIN_BATCH):
        step = lab.echo_step(clients[fd])
        if step not in (lab.ECHOED, lab.FLUSHED):
            break
    match step:
        case lab.WOULD_BLOCK | lab.STUCK:
            pass
        case lab.ECHOED | lab.FLUSHED:
            set_interest(fd, EDGES)
        case lab.CLOSED:
            remove_client(fd)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    epoll.register(listener, select.EPOLLIN)
    lab.say_ready(listener, "epoll_et")

    while True:
        # Each event is a ready descriptor: idle clients do not appear, nothing is searched.
        for fd, _ in epoll.poll(maxevents=256):
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
