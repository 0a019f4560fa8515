"""thread: a thread for every client.

Wait:        the main thread sleeps inside accept, each client's own thread inside recv
Copy:        the client's thread, inside recv and send, before they return
Idle client: a sleeping thread: a kernel stack, and the touched pages of its own stack
Ceiling:     threads (memory, pids limit, kernel.threads-max), then descriptors (EMFILE)
"""

import signal
import sys
from pathlib import Path
from socket import socket
from threading import Thread, stack_size

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab

# The usual 8 MiB would be only address space until touched, but thousands of them meet a
# limit on it much sooner. Python's own frames live elsewhere, yet its C code needs some.
STACK_SIZE = 256 * 1024


# recv and send return when they are done. Until then this is all the thread does.
# Python handles signals in the main thread: they must go and wake that one. And one thread
# computes at a time (the GIL); recv and send let go of it, so any number may sleep at once.
def serve_client(client: socket) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    lab.echo_until_closed(client)
    lab.close_client(client)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)

    # Nobody waits for a thread to end: a daemon leaves nothing behind.
    stack_size(STACK_SIZE)
    lab.say_ready(listener, "thread")

    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NOBODY or client is lab.REFUSED:
            continue
        try:
            Thread(target=serve_client, args=(client,), daemon=True).start()
        except RuntimeError:
            lab.refuse_client(client, "THREADS", client.fileno())


main()
