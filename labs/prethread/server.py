"""prethread: a fixed number of threads, which all accept from one listening socket.

Wait:        each worker sleeps inside accept, and then inside recv, for one client only
Copy:        the worker, inside recv and send, before they return
Idle client: keeps a whole worker asleep
Ceiling:     WORKERS clients at a time: every further client waits in the listen queue
"""

import sys
from contextlib import suppress
from pathlib import Path
from socket import socket
from threading import Lock, Thread, stack_size
from typing import NoReturn

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# Python's own frames are on the heap, but its C code needs some stack.
STACK_SIZE = 256 * 1024

# All workers share the listener. Each worker that sleeps in accept is an exclusive waiter: the
# kernel wakes one of them for each new client. Only the way to refuse a client needs a lock.
lock = Lock()


# Sleep until a client comes, or return REFUSED. accept_client counts and refuses clients in
# variables that belong to one thread at a time, so only accept4 itself runs without the lock.
def take_client(listener: socket) -> socket | lab.NotAccepted:
    with suppress(OSError):
        client, _ = listener.accept()
        return client
    with lock:
        return lab.accept_client(listener, blocking=True)  # again, at a limit with the spare


# recv and send block. The worker does nothing else until this client leaves.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


# A worker is the server of labs/blocking. It never ends. In the default build of Python only one
# thread at a time runs Python code (the GIL). accept, recv and send release the GIL, so all
# workers can sleep at once.
def work(listener: socket) -> NoReturn:
    while True:
        client = take_client(listener)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        serve_client(client)


def start_worker(listener: socket) -> None:
    try:
        Thread(target=work, args=(listener,), daemon=True).start()
    except RuntimeError as error:
        sys.exit(f"Thread.start: {error}")


def main() -> None:
    lab.obey_signals()
    count = lab.read_setting("WORKERS", 16)
    if count == 0:
        print("WORKERS=0: expected at least one", file=sys.stderr)
        sys.exit(2)
    listener = lab.open_listener(blocking=True)
    stack_size(STACK_SIZE)

    # The main thread is the last worker.
    for _ in range(1, count):
        start_worker(listener)
    lab.say_ready(listener, "prethread")

    while True:
        client = take_client(listener)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        serve_client(client)


main()
