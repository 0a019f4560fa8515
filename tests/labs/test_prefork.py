"""prefork: a fixed number of workers, their replacement, and which clients wait."""

import signal
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from .capabilities import Variant
from .clients import echo, is_closed, receive
from .engines import ProcessEngine
from .servers import DEADLINE, Server, children, states, wait_until

LANGUAGES = ("c", "c-sanitized", "python")
each_language = pytest.mark.parametrize("language", LANGUAGES)


def listeners(server: Server) -> int:
    """Count the sockets that listen on the port: state 0A of /proc/net/tcp."""
    rows = Path(f"/proc/{server.pid}/net/tcp").read_text().splitlines()[1:]
    return sum(
        row.split()[1].endswith(f":{server.port:04X}") and row.split()[3] == "0A" for row in rows
    )


@each_language
def test_prefork_has_its_workers_before_it_is_ready(engine: ProcessEngine, language: str) -> None:
    server = engine.launch(Variant("prefork", language), env={"WORKERS": "4"})
    assert listeners(server) == 4
    assert len(children(server.pid)) == 4
    with ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(server.connect())
            client.sendall(b"any")
        assert len(children(server.pid)) == 4, "clients add none"


@each_language
def test_prefork_replaces_a_worker_and_keeps_who_waited_for_it(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("prefork", language))
    with server.connect() as first, server.connect() as second:
        assert echo(first)
        second.sendall(b"I wait")
        [worker] = children(server.pid)
        server_of_worker = replace(server, pid=worker)
        server_of_worker.kill(signal.SIGKILL)
        assert is_closed(first)
        assert receive(second, 6) == b"I wait"
        [successor] = children(server.pid)
        assert successor != worker


@each_language
def test_prefork_serves_no_more_than_its_workers(engine: ProcessEngine, language: str) -> None:
    """With one client more than workers, one client waits until the other clients have left."""
    server = engine.launch(Variant("prefork", language), env={"WORKERS": "2"})
    clients = [server.connect() for _ in range(3)]
    served, waiting = sort_out(server, clients)
    assert len(served) <= 2
    for client in served:
        client.close()
    for client in waiting:  # two of the clients may wait for each other
        assert receive(client, 3) == b"any"
        client.close()


def test_prefork_may_let_a_client_wait_beside_an_idle_worker(engine: ProcessEngine) -> None:
    """The hash ignores which worker is busy. Two clients and two workers: every second time."""
    server = engine.launch(Variant("prefork", "c"), env={"WORKERS": "2"})

    def one_waits() -> bool:
        clients = [server.connect(), server.connect()]
        served, waiting = sort_out(server, clients)
        for client in [*served, *waiting]:
            client.close()
        return len(waiting) == 1

    assert any(one_waits() for _ in range(100))


def sort_out(
    server: Server, clients: list[socket.socket]
) -> tuple[list[socket.socket], list[socket.socket]]:
    """The clients with a reply and those with unread bytes, when all workers sleep."""
    served: list[socket.socket] = []
    for client in clients:
        client.sendall(b"any")

    def settled() -> bool:
        for client in clients:
            if client not in served and server.queues(client) == (0, 0):
                assert receive(client, 3) == b"any"
                served.append(client)
        workers = [replace(server, pid=pid) for pid in children(server.pid)]
        return all(set(states(worker)) == {"S"} for worker in workers)

    wait_until(lambda: settled() and settled(), "the workers fall asleep")
    return served, [client for client in clients if client not in served]


@each_language
def test_prefork_does_not_share_its_port_with_another(engine: ProcessEngine, language: str) -> None:
    """SO_REUSEPORT alone would let a second server in without an error."""
    variant = Variant("prefork", language)
    first = engine.launch(variant, env={"WORKERS": "2"})
    process, log = engine.popen(variant, env={"PORT": str(first.port)})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (1, b"")
    assert log.read_text() == "bind: Address already in use\n"


@each_language
@pytest.mark.parametrize(
    ("text", "error"),
    [("0", "expected at least one"), ("many", "expected a whole number from 0 to 65535")],
)
def test_prefork_bad_number_of_workers(
    engine: ProcessEngine, language: str, text: str, error: str
) -> None:
    process, log = engine.popen(Variant("prefork", language), env={"WORKERS": text})
    output, _ = process.communicate(timeout=DEADLINE)
    assert (process.returncode, output) == (2, b"")
    assert log.read_text() == f"WORKERS={text}: {error}\n"
