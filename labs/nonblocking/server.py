"""nonblocking: one thread asks every socket in turn, again and again.

Wait:        nobody sleeps: the only thread asks accept and each recv, and is told EAGAIN
Copy:        the same thread, inside the recv that at last finds bytes, and inside send
Idle client: an entry of the array, and a system call that fails in every round
Ceiling:     one whole processor from the first moment; then the time of a round; then EMFILE
"""

import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The kernel knows nothing of this list, and so can tell nothing about it. The list is
# dense: whoever leaves is replaced by the last, because every entry costs a call.
clients: list[socket] = []


def add_client(client: socket) -> None:
    clients.append(client)


def remove_client(slot: int) -> None:
    lab.close_client(clients[slot])
    clients[slot] = clients[-1]
    clients.pop()


# If there are more than one batch, the rest are asked for in the next round.
def accept_clients(listener: socket) -> None:
    for _ in range(lab.ACCEPT_BATCH):
        client = lab.accept_client(listener, blocking=False)
        if client is lab.NOBODY:
            break
        if client is lab.REFUSED:
            continue
        add_client(client)


# Stuck or not makes no difference here: the next round asks again, to send or to receive.
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
        # Nobody says who is ready: ask them all. Nearly always the answer is EAGAIN.
        # From the end, so that the entry that fills a gap has been asked already.
        accept_clients(listener)
        for slot in reversed(range(len(clients))):
            serve_client(slot)


main()
