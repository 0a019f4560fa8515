"""What proc_pid_fdinfo(5) says about a server: its interest lists and its rings."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from stage import DEADLINE, SILENCE, Client, Server


def descriptors(server: Server, kind: str) -> list[str]:
    """Return the fdinfo of each of the server's descriptors of this kind, such as [eventpoll]."""
    found = []
    for link in Path(f"/proc/{server.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            if kind in str(link.readlink()):
                found.append(Path(f"/proc/{server.pid}/fdinfo/{link.name}").read_text())
    return found


def epolls(server: Server) -> list[list[int]]:
    """For each epoll descriptor the events that its entries wait for, one number an entry."""
    return [
        [
            int(events, 16)
            for events in re.findall(r"^tfd:.*events: *([0-9a-f]+)", text, re.MULTILINE)
        ]
        for text in descriptors(server, "[eventpoll]")
    ]


def interest(server: Server) -> list[int]:
    """The entries of all its interest lists."""
    return [events for entries in epolls(server) for events in entries]


def ring(server: Server) -> tuple[int, int]:
    """Return how many requests the server, and how many results the kernel has written."""
    [text] = descriptors(server, "[io_uring]")
    [requests, results] = re.findall(r"^[SC]qTail:\s*(\d+)", text, re.MULTILINE)
    return int(requests), int(results)


def settles(condition: Callable[[], object]) -> bool:
    """Wait until the condition is true: the server may be a moment behind its client."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def send_until_stuck(client: Client) -> None:
    """Send and do not read, until the server takes no more bytes."""
    client.socket.settimeout(SILENCE)
    with suppress(TimeoutError):
        while True:
            client.socket.send(b"x" * 65536)


def rest(client: Client) -> str:
    """Return all bytes that the client receives until EOF."""
    client.socket.settimeout(DEADLINE)
    received = b""
    while data := client.socket.recv(65536):
        received += data
    return received.decode()
