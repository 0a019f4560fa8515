"""A first crowd of clients, which leaves before the measured ones connect."""

from __future__ import annotations

import socket
import threading

from . import servers
from .driving import errors, fleet
from .servers import serving
from .test_open import run

CROWD, ACTIVE = 5, 3


def test_the_first_crowd_is_served_and_leaves_before_the_others_come(program: str) -> None:
    """The server counts how many clients it has: the last of the crowd leaves before the first of
    the others is there, and each of the crowd is driven."""
    present = threading.Semaphore(0)
    echoed: list[int] = []
    order: list[str] = []
    lock = threading.Lock()

    def handler(connection: socket.socket) -> None:
        with lock:
            order.append("come")
        present.release()
        size = 0
        try:
            while data := connection.recv(65536):
                size += len(data)
                connection.sendall(data)
        except ConnectionResetError:
            pass
        finally:
            connection.close()
            with lock:
                order.append("leave")
                echoed.append(size)

    words = ["--first-crowd", str(CROWD), "--active", str(ACTIVE)]
    result = run(program, handler, *words, "--warmup", "50ms", "--duration", "100ms")
    assert errors(result) == {}
    assert result["active_alive"] == ACTIVE
    assert len(order) == 2 * (CROWD + ACTIVE)
    assert order[:CROWD] == ["come"] * CROWD
    assert min(echoed) > 2 * servers.REQUEST
    assert result["requests"] * servers.REQUEST < sum(echoed)


def test_a_server_that_errs_only_for_the_first_crowd_is_noticed(program: str) -> None:
    first = threading.Lock()

    def handler(connection: socket.socket) -> None:
        if first.acquire(blocking=False):
            connection.sendall(connection.recv(1))
            connection.recv(65536)
            connection.close()
        else:
            servers.honest(connection)

    words = ["--first-crowd", "1", "--active", "2"]
    result = run(program, handler, *words, "--warmup", "50ms", "--duration", "100ms")
    assert sum(errors(result).values()) == 1


def test_a_crowd_that_waits_for_the_server_reports_its_progress(program: str) -> None:
    """A load generator that says nothing while it waits would be taken for one that hangs."""
    words = ["--first-crowd", "3", "--active", "1", "--warmup", "50ms", "--duration", "100ms"]
    with (
        serving(servers.silent) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *words]) as one,
    ):
        progress = one.until("progress")
        assert progress["phase"] in ("connecting", "unmeasured"), (
            "before its first tick it may connect"
        )
