"""The echo server of gevent's examples: one greenlet for each client."""

import os
import socket
from contextlib import suppress

from gevent.server import StreamServer

SIZE = 65_536


def echo(client: socket.socket, _address: object) -> None:
    with suppress(ConnectionError):
        while data := client.recv(SIZE):
            client.sendall(data)


address = ("0.0.0.0", int(os.environ["PORT"]))
StreamServer(address, echo, backlog=int(os.environ["BACKLOG"])).serve_forever()
