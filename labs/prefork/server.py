"""prefork: a fixed number of processes, each with its own listener on the same port.

Wait:        each worker sleeps inside accept, and then inside recv, for one client alone
Copy:        the worker, inside recv and send, before they return
Idle client: keeps a whole worker asleep, and everybody in that worker's backlog waiting
Ceiling:     WORKERS clients at a time; fewer, because a newcomer is given to a worker by a hash
             of its address, busy or not
"""

import ctypes
import os
import select
import signal
import sys
from pathlib import Path
from socket import AF_INET, IPPROTO_TCP, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET, TCP_NODELAY, socket
from typing import NoReturn

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
prctl = ctypes.CDLL(None, use_errno=True).prctl

# One listener and one process for each worker, at the same place in both lists. The
# parent keeps every listener open: should a worker die, those who wait in its backlog
# lose nothing, and whoever takes its place finds them.
listeners: list[socket] = []
workers: list[int] = []


# Another listener on the port of the first. SO_REUSEPORT allows that among sockets that
# all ask for it. The first asks only now, when it has the port: so a port that somebody
# else uses is still an error, even if that is another prefork.
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


# The worker dies with its parent, however that happens. The parent may have died before
# the worker could ask for this: then the worker has another parent by now.
def follow_parent(parent: int) -> None:
    if prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)) == -1:
        number = ctypes.get_errno()
        lab.die(OSError(number, os.strerror(number)), "prctl")
    if os.getppid() != parent:
        os._exit(0)


# recv and send return when they are done. Until then this is all the worker does.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


# A worker is the server of labs/blocking. It closes what belongs to the others.
def work(listener: socket) -> NoReturn:
    for other in listeners:
        if other is not listener:
            other.close()
    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NOBODY or client is lab.REFUSED:
            continue
        serve_client(client)


# When there is no room for a process now, there may be a moment later.
def start_worker(slot: int) -> None:
    parent = os.getpid()
    while True:
        try:
            workers[slot] = os.fork()
            break
        except OSError:
            select.select([], [], [], 0.1)
    if workers[slot] == 0:
        follow_parent(parent)
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

    # The parent serves nobody. It sleeps until a worker dies, and puts another in its place.
    while True:
        gone, _ = os.wait()
        start_worker(workers.index(gone))


main()
