"""A network namespace with a hundred ports and an honest server on port 9000.

`unshare -n python -m tests.fleet.few_ports COMMAND` runs a command in it.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from pathlib import Path

from . import servers

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def bring_up_loopback() -> None:
    """A new namespace has `lo`, but down; not every machine has `ip`."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        request = struct.pack("16sh14x", b"lo", flags | IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def main(command: list[str]) -> int:
    """Few ports, a server, the fleet."""
    bring_up_loopback()
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40099")
    with servers.serving(servers.honest, port=9000):
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
