"""The same program on two event loops: the same model, another CPU time."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel import descriptors
from stage import LABS, Launch, Server

EXERCISE = "The server runs on uvloop where it is installed, and on asyncio's own loop elsewhere."
REQUESTS = 500


def cpu_time(server: Server) -> int:
    """The CPU time of the server's thread for some requests: schedstat of proc(5)."""
    [client] = server.connect()
    client.send()
    client.has_reply()
    path = Path(f"/proc/{server.pid}/schedstat")
    before = int(path.read_text().split()[0])
    for _ in range(REQUESTS):
        client.send()
        client.has_reply()
    return int(path.read_text().split()[0]) - before


def runs_libuv(server: Server) -> bool:
    return "/uvloop/" in Path(f"/proc/{server.pid}/maps").read_text()


def see(launch: Launch) -> None:
    needed = {}
    for lab, start in ("asyncio", Launch(LABS / "asyncio", "python")), ("uvloop", launch):
        with start() as server:
            library = "libuv" if runs_libuv(server) else "Python"
            lists = len(descriptors(server, "[eventpoll]"))
            print(f"labs/{lab}: {library}, {lists} epoll descriptor, {server.threads()} thread")
            needed[lab] = cpu_time(server)
    less = needed["uvloop"] < needed["asyncio"]
    print("CPU time of a request: on libuv", "less" if less else "not less")


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
