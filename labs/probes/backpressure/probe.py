"""backpressure: how much memory does a server use for a client that sends and does not read?

server.py, an echo server, runs in four forms. The client sends until the kernel accepts no byte for
a while, or until it has sent all it has, and reads no reply. How many bytes did the client send,
how many of them wait in the server's own buffers, and how much did the server's memory grow?
"""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

SERVER = Path(__file__).with_name("server.py")
FORMS = ("write", "drain", "protocol", "pause_reading")
KERNEL_BUFFER = 128 << 10
MIB = 1 << 20
AMOUNTS = (16, 64)  # MiB; the argument mib=N demands a single one
PATIENCE = 0.5  # seconds: a server that reads makes room long before


def send_without_reading(client: socket.socket, amount: int) -> int:
    """Send up to so many bytes; return how many the kernel accepted."""
    piece = bytes(64 * 1024)
    sent = 0
    while sent < amount and select.select([], [client], [], PATIENCE)[1]:
        sent += client.send(piece[: amount - sent])
    return sent


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def say_what_the_server_holds(form: str, amount: int) -> None:
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, str(SERVER), form], env=os.environ | {"PORT": "0"}, stdout=write_end
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as stdout, socket.socket() as client:
            port = int(stdout.readline().split("port=")[1].split()[0])
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                client.setsockopt(socket.SOL_SOCKET, option, KERNEL_BUFFER)
            client.connect(("127.0.0.1", port))
            client.setblocking(False)
            before = resident(process.pid)
            sent = send_without_reading(client, amount)
            process.send_signal(signal.SIGUSR1)
            buffered = int(stdout.readline())
            grown = resident(process.pid) - before
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    finding = {
        "probe": "backpressure",
        "form": form,
        "offered": amount,
        "sent": sent,
        "buffered": buffered,
        "grown": grown,
        "client": "stopped" if sent < amount else "never stopped",
        "memory": "grows with the client" if 2 * grown >= amount else "bounded",
    }
    print(json.dumps(finding, separators=(",", ":")), flush=True)


def main() -> None:
    demanded = [int(word.removeprefix("mib=")) for word in sys.argv[1:]]
    for form in FORMS:
        for amount in demanded or AMOUNTS:
            say_what_the_server_holds(form, amount * MIB)


if __name__ == "__main__":
    main()
