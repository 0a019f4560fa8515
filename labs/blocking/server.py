"""blocking: one client at a time.

Wait:        the only thread sleeps inside accept, and then inside recv, for one client alone
Copy:        the same thread, inside recv and send, before they return
Idle client: keeps the only thread asleep, and so everybody else waiting in the backlog
Ceiling:     one client; the others wait in the kernel until it leaves
"""

import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab


# recv and send return when they are done. Until then this is all the server does.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)
    lab.say_ready(listener, "blocking")

    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NOBODY or client is lab.REFUSED:
            continue
        serve_client(client)


main()
