"""Connections that are closed and opened anew."""

from __future__ import annotations

import socket
import threading

import pytest

from . import servers
from .driving import errors, fleet
from .servers import serving
from .test_open import run

QUICK = ["--warmup", "0s", "--duration", "200ms"]


@pytest.mark.parametrize("loop", [[], ["--rate", "500"], ["--pipeline", "4"], ["--think", "1ms"]],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("limit", ["1", "3"])
def test_so_many_requests_a_connection(program: str, limit: str, loop: list[str]) -> None:
    """And not one more: the server counts."""
    carried: list[int] = []
    lock = threading.Lock()

    def handler(connection: socket.socket) -> None:
        requests = 0
        try:
            first = connection.recv(1)  # a proof, or the first byte of a request
            connection.sendall(first)
            while data := connection.recv(65536):
                requests += len(data)
                connection.sendall(data)
        finally:
            connection.close()  # thousands that stay open would meet this process's own limit
            with lock:
                carried.append(requests)

    asked = ["--active", "3", "--requests-per-connection", limit]
    result = run(program, handler, *asked, *loop, *QUICK)
    assert errors(result) == {}
    assert result["requests"] > 3
    assert result["accepted"] > 0
    assert result["active_alive"] == 3
    assert max(carried) <= int(limit) * servers.REQUEST
    assert len(carried) >= result["accepted"]


def test_who_refuses_the_second_time_is_named(program: str) -> None:
    """Its listener is gone when the connections come again."""
    served = threading.Semaphore(0)
    gone = threading.Event()

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        served.release()
        gone.wait()
        servers.honest(connection)

    asked = ["--active", "2", "--requests-per-connection", "1", "--warmup", "0s"]
    with (
        serving(handler) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *asked]) as one,
    ):
        served.acquire()
        served.acquire()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.threads[0].join()
        server.listener.close()
        gone.set()
        result = one.result()
    assert errors(result) == {"connect_refused": 2}


@pytest.mark.parametrize(("close", "end"), [("rst", ConnectionResetError), ("fin", None)])
def test_how_it_closes(program: str, close: str, end: type[OSError] | None) -> None:
    seen: list[type[OSError] | None] = []

    def handler(connection: socket.socket) -> None:
        try:
            servers.honest(connection)
            seen.append(None)
        except OSError as error:
            seen.append(type(error))

    run(program, handler, "--active", "2", "--close", close, *QUICK)
    assert seen == [end, end]


@pytest.mark.parametrize(("close", "end"), [("rst", ConnectionResetError), ("fin", None)])
@pytest.mark.parametrize("sources", ["1", "3"])
def test_how_it_closes_what_it_opens_anew(
    program: str, sources: str, close: str, end: type[OSError] | None
) -> None:
    """Each is a connection of its own to the server, whatever the fleet keeps of the one before."""
    seen: list[tuple[tuple[str, int], type[OSError] | None]] = []

    def handler(connection: socket.socket) -> None:
        peer = connection.getpeername()
        try:
            servers.honest(connection)
            seen.append((peer, None))
        except OSError as error:
            seen.append((peer, type(error)))
        finally:
            connection.close()

    asked = ["--active", "3", "--sources", sources, "--requests-per-connection", "1"]
    result = run(program, handler, *asked, "--close", close, *QUICK)
    assert errors(result) == {}
    assert result["accepted"] > 3
    assert {how for _, how in seen} == {end}
    assert len({address for (address, _), _ in seen}) == int(sources)
    assert len({peer for peer, _ in seen}) > result["accepted"] * 9 // 10, "a port of its own"
