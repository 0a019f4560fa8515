"""The same program on two event loops: the same model, and CPU time in two states."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel import descriptors
from stage import LABS, SILENCE, Client, Launch, Server

EXERCISE = "The server runs on uvloop where it is installed, and on asyncio's own loop elsewhere."
REQUESTS = 100


def cpu_time(server: Server, client: Client) -> int:
    """The CPU time of the server's thread for some requests: schedstat of proc(5)."""
    path = Path(f"/proc/{server.pid}/schedstat")
    before = int(path.read_text().split()[0])
    for _ in range(REQUESTS):
        client.send()
        client.has_reply()
    return int(path.read_text().split()[0]) - before


def runs_libuv(server: Server) -> bool:
    return "/uvloop/" in Path(f"/proc/{server.pid}/maps").read_text()


def compare(own: Server, other: Server) -> str:
    """Compare the least disturbed of some measurements of each."""
    [a], [b] = own.connect(), other.connect()
    pairs = [(cpu_time(own, a), cpu_time(other, b)) for _ in range(10)]
    a.leave()
    b.leave()
    best = [min(times) for times in zip(*pairs, strict=True)]
    return "more than twice as much" if best[0] > 2 * best[1] else "less than twice as much"


def see(launch: Launch) -> None:
    with Launch(LABS / "asyncio", "python")() as own, launch() as other:
        servers = {"asyncio": own, "uvloop": other}
        for lab, server in servers.items():
            library = "libuv" if runs_libuv(server) else "Python"
            lists = len(descriptors(server, "[eventpoll]"))
            print(f"labs/{lab}: {library}, {lists} epoll descriptor, {server.threads()} thread")
        print("CPU time of a request, fresh processes: asyncio needs", compare(own, other))
        time.sleep(SILENCE)
        print("after the first client has left: asyncio needs", compare(own, other))


def grade(launch: Launch) -> Iterator[tuple[str, bool]]:
    with launch() as server:
        yield "where uvloop is installed, the server runs on libuv", runs_libuv(server)
        [a] = server.connect()
        a.send()
        yield "A sends a line and has its reply", a.has_reply()
    with TemporaryDirectory() as hidden:
        Path(hidden, "uvloop.py").write_text("raise ImportError('hidden for this check')\n")
        with launch(PYTHONPATH=f"{hidden}:{LABS}") as server:
            yield "where it is not, the server is READY on asyncio", not runs_libuv(server)
            [b] = server.connect()
            b.send()
            yield "B sends a line and has its reply", b.has_reply()
