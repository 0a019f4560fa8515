"""fork: a process for every client.

Wait:        the parent sleeps inside accept, each client's own child inside recv
Copy:        the client's child, inside recv and send, before they return
Idle client: a sleeping process: kernel stack, page tables, and each page written since the fork
Ceiling:     processes (memory, pids limit, RLIMIT_NPROC); the parent keeps no descriptor
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
prctl = ctypes.CDLL(None, use_errno=True).prctl


# A child that ended keeps its process table entry, a zombie, until its parent has asked
# how it ended. Signals do not count: one SIGCHLD may stand for many children, so ask
# until there is none. SIG_IGN would reap them too, but lose their CPU time for times(2).
def reap_children(_number: int, _frame: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def watch_children() -> None:
    signal.signal(signal.SIGCHLD, reap_children)  # Python itself calls accept again after it


# The child dies with its parent, however that happens. The parent may have died before
# the child could ask for this: then the child has another parent by now.
def follow_parent(parent: int) -> None:
    if prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)) == -1:
        number = ctypes.get_errno()
        lab.die(OSError(number, os.strerror(number)), "prctl")
    if os.getppid() != parent:
        os._exit(0)


# recv and send return when they are done. Until then this is all the child does. In Python
# it writes to nearly every page it looks at: each object has its reference count inside.
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
        if client is lab.NOBODY or client is lab.REFUSED:
            continue
        try:
            child = os.fork()
        except OSError:
            lab.refuse_client(client, "PROCESSES", client.fileno())
            continue
        if child == 0:
            follow_parent(parent)
            # New clients are the parent's business.
            listener.close()
            serve_client(client)
            os._exit(0)
        # The child has its own descriptor of the same connection. Only when both are
        # closed does the client see EOF.
        lab.close_client(client)


main()
