"""Churn at a rate, clients that are slow on purpose, loads that grow in steps."""

from __future__ import annotations

import socket

import pytest

from . import servers
from .driving import errors
from .test_exchange import IS, says
from .test_open import run
from .web import GET, answers, sized

QUICK = ["--warmup", "0s", "--duration", "300ms"]


@pytest.mark.parametrize("loop", [[], ["--rate", "500"], ["--think", "2ms"]], ids=str)
def test_connections_are_opened_anew_at_a_rate(program: str, loop: list[str]) -> None:
    asked = ["--active", "3", "--idle", "4", "--churn", "100", *loop]
    result = run(program, servers.honest, *asked, *QUICK)
    assert errors(result) == {}
    assert (result["idle_alive"], result["active_alive"]) == (4, 3)
    assert 7 <= result["accepted"] <= 31
    assert result["requests"] > 3


def test_idle_connections_that_are_renewed_prove_an_exchange(program: str) -> None:
    result = run(program, says(b"+PONG\r\n"), *IS, "--active", "0", "--idle", "4",
                 "--churn", "100", *QUICK)  # fmt: skip
    assert errors(result) == {}
    assert result["idle_alive"] == 4
    assert result["accepted"] >= 7


@pytest.mark.parametrize("kind", ["readers", "writers"])
def test_the_slow_are_checked_and_in_no_figure(program: str, kind: str) -> None:
    """Of ten one is slow; the nine are counted as if they were alone."""
    asked = ["--active", "10", f"--slow-{kind}", "10%", "--pace", "1ms"]
    result = run(program, servers.honest, *asked, *QUICK)
    assert errors(result) == {}
    assert result["slow"] == {"connections": 1, "dropped": 0, "again": 0}
    assert result["active_alive"] == 10
    assert result["requests"] > 0


@pytest.mark.parametrize("kind", ["readers", "writers"])
def test_a_lie_to_the_slow_is_found(program: str, kind: str) -> None:
    asked = ["--active", "1", f"--slow-{kind}", "100%", "--pace", "1ms", "--duration", "1s"]
    result = run(program, servers.corrupt_tag, *asked, "--warmup", "0s")
    assert errors(result) == {"corrupt": 1}
    assert result["requests"] == 0


@pytest.mark.parametrize("kind", ["readers", "writers"])
def test_a_server_may_drop_the_slow(program: str, kind: str) -> None:
    """That is no error: it defends itself. They come again, as slow clients do."""

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        connection.recv(10)
        servers.reset(connection)

    asked = ["--active", "2", f"--slow-{kind}", "100%", "--pace", "1ms"]
    result = run(program, handler, *asked, *QUICK)
    assert errors(result) == {}
    slow = result["slow"]
    assert slow["connections"] == 2
    assert slow["dropped"] > 4, "each of them several times"
    assert slow["dropped"] - 2 <= slow["again"] <= slow["dropped"]
    assert result["active_alive"] == 2


def test_a_slow_reader_outlives_the_requests_of_a_connection(program: str) -> None:
    """It asks and asks on the one that it has."""
    asked = ["--active", "2", "--slow-readers", "50%", "--requests-per-connection", "2"]
    result = run(program, servers.honest, *asked, "--pace", "1ms", *QUICK)
    assert errors(result) == {}
    assert result["slow"] == {"connections": 1, "dropped": 0, "again": 0}
    assert result["active_alive"] == 2


def test_a_slow_writer_of_http(program: str) -> None:
    asked = ["--active", "4", "--slow-writers", "50%", "--pace", "1ms"]
    result = run(program, answers(sized(b"ok")), *GET, *asked, *QUICK)
    assert errors(result) == {}
    assert result["slow"] == {"connections": 2, "dropped": 0, "again": 0}


def test_a_rate_grows_in_steps(program: str) -> None:
    timing = ["--warmup", "0s", "--duration", "600ms", "--interval", "200ms"]
    result = run(program, servers.honest, "--active", "5", "--rate", "600", "--ramp", "3", *timing)
    assert errors(result) == {}
    assert abs(result["loop"]["scheduled"] - (40 + 80 + 120)) <= 3


def test_connections_join_in_steps(program: str) -> None:
    """Of four with a think time that lets each ask once a step: 1, 2, 3, 4 take part."""
    timing = ["--warmup", "0s", "--duration", "400ms", "--interval", "100ms"]
    asked = ["--active", "4", "--think", "60ms", "--ramp", "4"]
    result = run(program, servers.honest, *asked, *timing)
    assert errors(result) == {}
    assert 4 <= result["requests"] <= 1 * 7 + 1 * 5 + 1 * 4 + 1 * 2
