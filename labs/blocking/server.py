"""blocking: one client at a time.

Wait:        the only thread sleeps inside accept, and then inside recv, for one client only
Copy:        the same thread, inside recv and send, before they return
Idle client: keeps the only thread asleep, so all other clients wait in the listen queue
Ceiling:     one client; the other clients wait in the listen queue until it leaves
"""

import sys
from pathlib import Path
from socket import socket

sys.path.append(str(Path(__file__).resolve().parents[1]))  # lab.py is one folder up
import lab


# recv and send block. The server does nothing else until this client leaves.
def serve_client(client: socket) -> None:
    lab.echo_until_closed(client)
    lab.close_client(client)


def main() -> None:
    lab.obey_signals()
    listener = lab.open_listener(blocking=True)
    lab.say_ready(listener, "blocking")

    while True:
        client = lab.accept_client(listener, blocking=True)
        if client is lab.NO_CLIENT or client is lab.REFUSED:
            continue
        serve_client(client)


main()
