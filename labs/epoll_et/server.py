"""epoll_et: as epoll, but the kernel tells each change once.

Wait:        the only thread sleeps inside epoll_wait, for all clients
Copy:        the same thread, inside recv and send, until they say EAGAIN
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
# edge-triggered: epoll_wait takes a socket off the list, and only news puts it back. So
# whoever stops before EAGAIN leaves bytes behind of which nobody will tell again.
EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET
DRAIN_BATCH = 16
epoll = select.epoll()
clients: dict[int, socket] = {}


# What to wait for: news of either kind. It is said once, stuck or not.
def set_interest(fd: int, events: int) -> None:
    epoll.modify(fd, events)


def add_client(client: socket) -> None:
    fd = client.fileno()
    try:
        epoll.register(fd, EDGES)
    except OSError:
        lab.refuse_client(client, "max_user_watches", fd)
        return
    clients[fd] = client


# Closing a descriptor takes it off the kernel's list as well: no call is needed.
def remove_client(fd: int) -> None:
    lab.close_client(clients.pop(fd))


# The listener alone is level-triggered: if there are more than one batch, it stays readable,
# and the rest come next time.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NOBODY:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# Drain: go on until EAGAIN. But a client who sends as fast as we read would keep us here
# for ever, and so after DRAIN_BATCH steps it is the others' turn. To set the interest anew
# makes the kernel look once more: if there is more, to the end of its ready list with it.
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
        # Each event is a ready descriptor: nothing to look for, idle clients are not here.
        for fd, _ in epoll.poll(maxevents=256):
            if fd == listener.fileno():
                accept_clients(listener)
            else:
                serve_client(fd)


main()
