"""fork: a process for every client.

Wait:        the parent sleeps inside accept, each client's own child inside recv
Copy:        the client's child, inside recv and send, before they return
Idle client: a sleeping process: kernel stack, page tables, and each page written since the fork
Ceiling:     processes (memory, pids limit, RLIMIT_NPROC); the parent keeps no descriptor
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab


# A child that has ended stays in the process table as a zombie until its parent waits for it.
# SIGCHLD does not queue: one signal may stand for several children, so call waitpid until no
# ended child is left. With SIG_IGN the kernel would reap the children, but times(2) would not
# include their CPU time.
def reap_children(_number: int, _frame: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def watch_children() -> None:
    signal.signal(signal.SIGCHLD, reap_children)  # Python restarts the interrupted accept


# recv and send block. The child does nothing else until its client leaves. In Python the child
# writes to most pages that it reads, because most objects contain a reference count.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


def main() -> None:
    lab.obey_signals()
    watch_children()
    listener = lab.open_listener(blocking=True)
    parent = os.getpid()
    lab.say_ready(listener, "fork")

    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        try:
            child = os.fork()
        except OSError:
            lab.refuse_client(client, "PROCESSES", client.fileno())
            continue
        if child == 0:
            lab.follow_parent(parent)
            # Only the parent accepts new clients.
            listener.close()
            serve_client(client)
            os._exit(0)
        # The child has its own descriptor for the same connection. The client sees EOF only
        # when both descriptors are closed.
        lab.close_client(client)


main()
