"""prefork: a fixed number of processes, each with its own listener on the same port.

Wait:        each worker sleeps inside accept, and then inside recv, for one client only
Copy:        the worker, inside recv and send, before they return
Idle client: keeps a whole worker asleep, so all clients in the listen queue of that worker wait
Ceiling:     WORKERS clients at a time, often fewer: a hash of both addresses and both ports
             assigns a new client to a worker, even to a busy one
"""

import os
import sys
import time
from pathlib import Path
from socket import AF_INET, IPPROTO_TCP, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET, TCP_NODELAY, socket
from typing import NoReturn

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# One listener and one process for each worker, at the same index in both lists. The parent
# keeps every listener open: if a worker dies, the clients in its listen queue keep their
# connections, and the worker that replaces it accepts them.
listeners: list[socket] = []
workers: list[int] = []


# Open another listener on the port of the first. SO_REUSEPORT allows this among sockets that
# have all set it, by socket(7) before bind. The first listener sets it after bind, so a port that
# another server uses is still an error, even if that server is a prefork server. Linux permits
# this, because it compares the option of all sockets when a further one binds.
def share_port(first: socket) -> socket:
    try:
        call = "socket"
        listener = socket(AF_INET, SOCK_STREAM)
        call = "setsockopt"
        first.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        listener.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        call = "bind"
        listener.bind(first.getsockname())
        call = "listen"
        listener.listen(lab.read_setting("BACKLOG", 4096))
    except OSError as error:
        lab.die(error, call)
    return listener


# recv and send block. The worker does nothing else until this client leaves.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


# A worker is the server of labs/blocking. It closes the listeners of the other workers.
def work(listener: socket) -> NoReturn:
    for other in listeners:
        if other is not listener:
            other.close()
    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        serve_client(client)


# If a limit on processes is reached, fork may succeed a moment later: try again.
def start_worker(slot: int) -> None:
    parent = os.getpid()
    while True:
        try:
            workers[slot] = os.fork()
            break
        except OSError:
            time.sleep(0.1)
    if workers[slot] == 0:
        lab.follow_parent(parent)
        work(listeners[slot])


def main() -> None:
    lab.obey_signals()
    count = lab.read_setting("WORKERS", 16)
    if count == 0:
        print("WORKERS=0: expected at least one", file=sys.stderr)
        sys.exit(2)

    listeners.append(lab.open_listener(blocking=True))
    for _ in range(1, count):
        listeners.append(share_port(listeners[0]))
    workers.extend([0] * count)
    for slot in range(count):
        start_worker(slot)
    lab.say_ready(listeners[0], "prefork")

    # The parent serves no client. It sleeps until a worker dies, and starts a new worker in its
    # place.
    while True:
        pid, _ = os.wait()
        start_worker(workers.index(pid))


main()
