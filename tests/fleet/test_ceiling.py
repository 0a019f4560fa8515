"""--until-refused: how many connections a server serves at once, and what stopped it."""

from __future__ import annotations

import socket

import pytest

from . import servers
from .driving import errors, fleet
from .servers import serving


def command(program: str, port: int, *arguments: str) -> list[str]:
    return [program, "--connect", f"127.0.0.1:{port}", "--until-refused", *arguments]


@pytest.mark.parametrize("in_flight", ["1", "16"])
def test_a_server_that_closes_after_n(program: str, in_flight: str) -> None:
    with (
        serving(servers.refuses_after(37)) as server,
        fleet(command(program, server.port, "--in-flight", in_flight)) as one,
    ):
        result = one.result()
    assert (result["served"], result["stopped_by"]) == (37, "closed")
    assert 1 <= result["refused"] <= int(in_flight)
    assert errors(result) == {"refused": result["refused"]}
    assert result["idle_alive"] == 37


def test_a_server_that_stops_accepting(program: str) -> None:
    """Further connections wait in the backlog: connected, but not served."""
    with (
        serving(servers.honest, accept=10) as server,
        fleet(command(program, server.port, "--in-flight", "4", "--reply-timeout", "2s")) as one,
    ):
        result = one.result()
    assert (result["served"], result["stopped_by"]) == (10, "timeout")
    assert errors(result) == {"reply_timeout": result["refused"]}


def test_the_cap(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--connections", "50")) as one,
    ):
        result = one.result()
    assert (result["served"], result["refused"], result["stopped_by"]) == (50, 0, "cap")


def test_nobody_listens(program: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with fleet(command(program, port)) as one:
        result = one.result()
    assert (result["served"], result["stopped_by"]) == (0, "connect_refused")


def test_its_own_limit(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(["prlimit", "--nofile=40:40", *command(program, server.port)]) as one,
    ):
        result = one.result()
    assert result["stopped_by"] == "own_limit"
    assert result["served"] == result["own_limit"]["granted"] == result["idle_alive"]
    assert result["refused"] == 0


def test_only_those_that_still_live_count(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet(command(program, server.port, "--connections", "10", "--wait")) as one,
    ):
        assert one.until("connected")["idle"] == 10
        for connection in server.connections[:3]:
            connection.shutdown(socket.SHUT_RDWR)
        one.tell("start")
        result = one.result()
    assert (result["served"], result["stopped_by"]) == (7, "cap")
    assert errors(result) == {"idle_lost": 3}


def test_a_server_that_falls_silent(program: str) -> None:
    """It proved every connection once, but not a second time."""
    with (
        serving(servers.silent) as server,
        fleet(command(program, server.port, "--connections", "6", "--reply-timeout", "2s")) as one,
    ):
        result = one.result()
    assert (result["served"], result["stopped_by"]) == (0, "cap")
    assert errors(result) == {"reply_timeout": 6}
