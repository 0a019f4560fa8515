"""The open loop: requests when they are due, however the server does; and think times."""

from __future__ import annotations

import socket
import time

import pytest
from hdrh.histogram import HdrHistogram

from . import servers
from .driving import Event, errors, fleet
from .servers import Handler, serving

MS = 1_000_000


def run(program: str, handler: Handler, *arguments: str) -> Event:
    with (
        serving(handler) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *arguments]) as one,
    ):
        return one.result()


def histogram(encoded: str) -> HdrHistogram:
    return HdrHistogram.decode(encoded)


@pytest.mark.parametrize("arrivals", ["constant", "poisson"])
def test_requests_come_at_the_rate(program: str, arrivals: str) -> None:
    timing = ["--warmup", "100ms", "--duration", "500ms"]
    result = run(program, servers.honest, "--active", "20", "--rate", "1k",
                 "--arrivals", arrivals, *timing)  # fmt: skip
    loop = result["loop"]
    assert errors(result) == {}
    assert (loop["kind"], loop["rate"], loop["arrivals"]) == ("open", 1000, arrivals)
    few = 1 if arrivals == "constant" else 6 * 500**0.5  # six standard deviations
    assert abs(loop["scheduled"] - 500) <= few
    assert result["requests"] == loop["scheduled"] - loop["unsent"] == sum(result["series"])
    for encoded in (result["latency"], loop["uncorrected"], loop["lag"]):
        assert histogram(encoded).get_total_count() == result["requests"]


def test_a_stopped_server_is_charged_for_what_was_due_meanwhile(program: str) -> None:
    """It stops once, for 400 ms of 1 s: of the requests that were due only one was ever sent."""
    stops = iter([0.4])

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        for number in range(1_000_000):
            data = servers.take(connection, servers.REQUEST)
            if number == 60:
                time.sleep(next(stops, 0))
            connection.sendall(data)

    timing = ["--warmup", "0s", "--duration", "1s"]
    result = run(program, handler, "--active", "1", "--rate", "200", *timing)
    assert errors(result) == {}
    corrected, sent = histogram(result["latency"]), histogram(result["loop"]["uncorrected"])
    late = [corrected.get_value_at_percentile(percentile) for percentile in (80, 90, 100)]
    assert late[2] >= 400 * MS
    assert late[1] >= 250 * MS
    assert late[0] >= 150 * MS
    assert sent.get_max_value() >= 400 * MS
    assert sent.get_value_at_percentile(80) < late[0]


def test_what_could_not_be_sent_is_confessed(program: str) -> None:
    """One connection, answers of 20 ms: of 500 that are due in the window some 25 are sent."""

    def slow(connection: socket.socket) -> None:
        servers.honest_once(connection)
        while True:
            data = servers.take(connection, servers.REQUEST)
            time.sleep(0.02)
            connection.sendall(data)

    timing = ["--warmup", "0s", "--duration", "500ms"]
    result = run(program, slow, "--active", "1", "--rate", "1k", *timing)
    loop = result["loop"]
    assert errors(result) == {}
    assert loop["unsent"] > 400
    assert result["requests"] == loop["scheduled"] - loop["unsent"]
    assert histogram(loop["lag"]).get_value_at_percentile(50) < 100 * MS, "the server's, not ours"


def test_a_server_that_stops_answering_hangs_no_open_loop(program: str) -> None:
    timing = ["--warmup", "0s", "--duration", "200ms", "--reply-timeout", "200ms"]
    result = run(program, servers.silent, "--active", "3", "--rate", "1k", *timing)
    assert errors(result) == {"reply_timeout": 3}
    assert result["loop"]["unsent"] > 0


def test_sigterm_ends_an_open_loop_with_what_it_has(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", "--active", "5",
               "--rate", "500", "--warmup", "0s", "--duration", "60m"]) as one,
    ):  # fmt: skip
        one.until("progress", phase="measuring")
        one.process.terminate()
        result = one.result()
    assert result["interrupted_by"] == "signal"
    assert 0 < result["requests"] <= result["loop"]["scheduled"]


def test_who_thinks_asks_less(program: str) -> None:
    timing = ["--warmup", "0s", "--duration", "400ms"]
    result = run(program, servers.honest, "--active", "4", "--think", "20ms", *timing)
    assert errors(result) == {}
    assert 4 <= result["requests"] <= 4 * 20
    assert result["loop"]["kind"] == "closed"
    assert histogram(result["loop"]["lag"]).get_total_count() >= result["requests"]


@pytest.mark.parametrize("think", ["uniform:1ms..5ms", "exponential:2ms"])
def test_think_times_may_be_drawn(program: str, think: str) -> None:
    timing = ["--warmup", "0s", "--duration", "200ms"]
    result = run(program, servers.honest, "--active", "4", "--think", think, *timing)
    assert errors(result) == {}
    assert result["requests"] > 0


def test_parts_of_a_load_are_the_whole(program: str) -> None:
    """Three fleets told the same numbers: 7 connections and 100 requests a second together."""
    asked = ["--idle", "4", "--active", "7", "--rate", "100", "--duration", "0s"]
    held, rates = [], []
    for part in ("1/3", "2/3", "3/3"):
        result = run(program, servers.honest, "--part", part, *asked)
        held.append((result["idle_alive"], result["active_alive"]))
        rates.append(result["loop"]["rate"])
    assert held == [(2, 3), (1, 2), (1, 2)]
    assert rates == [34, 33, 33]
