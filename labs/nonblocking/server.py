"""nonblocking: one thread tries every socket in turn, again and again.

Wait:        never asleep: the only thread tries accept and each recv in turn, and gets EAGAIN
Copy:        the same thread, inside each recv that finds bytes, and inside send
Idle client: an entry of the array, and a system call that fails in every round
Ceiling:     one whole CPU from the start; then the time of one round; then descriptors (EMFILE)
"""

import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel does not know this list and cannot report which client is ready. The list is dense:
# the last client takes the place of a client that leaves, because every entry costs a call.
clients: list[socket] = []


def add_client(client: socket) -> None:
    clients.append(client)


def remove_client(slot: int) -> None:
    lab.close_client(clients[slot])
    clients[slot] = clients[-1]
    clients.pop()


# Clients beyond one batch wait for the next round.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NO_CLIENT:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# A stuck client needs no special case: the next round tries again to send or to receive.
def serve_client(slot: int) -> None:
    match lab.echo_step(clients[slot]):
        case lab.ECHOED | lab.WOULD_BLOCK | lab.STUCK | lab.FLUSHED:
            pass
        case lab.CLOSED:
            remove_client(slot)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=False)
    lab.say_ready(listener, "nonblocking")

    while True:
        # No call reports which client is ready, so try all of them. Nearly all calls return
        # EAGAIN. Go from the end, so that the entry that fills a gap has already been tried.
        accept_clients(listener)
        for slot in reversed(range(len(clients))):
            serve_client(slot)


main()
