"""thread: a thread for every client.

Wait:        the main thread sleeps inside accept, each client's own thread inside recv
Copy:        the client's thread, inside recv and send, before they return
Idle client: a sleeping thread: a kernel stack, and the used pages of its own stack
Ceiling:     threads (memory, pids limit, kernel.threads-max), then descriptors (EMFILE)
"""

import sys
from pathlib import Path
from socket import socket
from threading import Thread, stack_size

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The default stack of 8 MiB takes only address space until its pages are used, but thousands of
# such stacks reach a limit on address space much sooner. Python's own frames are on the heap,
# but its C code needs some stack.
STACK_SIZE = 256 * 1024


# recv and send block. The thread does nothing else until its client leaves. In the default build
# of Python only one thread at a time runs Python code (the GIL). recv and send release the GIL,
# so any number of threads can sleep at once.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)

    # No thread joins these threads: the process can exit while a daemon thread runs.
    stack_size(STACK_SIZE)
    lab.say_ready(listener, "thread")

    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        try:
            Thread(target=serve_client, args=(client,), daemon=True).start()
        except RuntimeError:
            lab.refuse_client(client, "THREADS", client.fileno())


main()
