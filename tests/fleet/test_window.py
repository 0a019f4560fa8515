"""What counts in the window: the rate of a slow server is its own, whatever the window's length."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hdrh.histogram import HdrHistogram

from runner.kinds import LOAD
from runner.measure.metrics import merged, remarks, spoilers
from runner.records import fleet_output

from . import servers
from .driving import Event, errors, fleet
from .servers import Handler, serving
from .test_open import run
from .web import GET, asked, sized

REPLY = 0.1


def slow(connection: socket.socket) -> None:
    """Each reply takes its time."""
    servers.honest_once(connection)
    while data := connection.recv(65536):
        time.sleep(REPLY)
        connection.sendall(data)


def slow_http(connection: socket.socket) -> None:
    rest = b""
    for number in range(1_000_000):
        rest = asked(connection, rest)
        time.sleep(REPLY if number else 0)
        connection.sendall(sized(b"ok"))


def in_flight(result: Event, latency: str) -> float:
    """Little's law: what is in flight is the rate times the mean latency, on any machine."""
    mean = HdrHistogram.decode(latency).get_mean_value() / 1e9
    return float(result["answered"] / result["seconds"] * mean)


@pytest.mark.alone  # its server sleeps, and longer where other tests run
@pytest.mark.parametrize("duration", ["240ms", "420ms", "770ms"])
@pytest.mark.parametrize(
    ("handler", "load", "slots"),
    [
        (slow, [], 10),
        (slow, ["--pipeline", "4"], 40),
        (slow, ["--requests-per-connection", "2"], 10),
        (slow_http, GET, 10),
    ],
    ids=["echo", "pipeline", "opened anew", "http"],
)
def test_a_slow_servers_rate_does_not_depend_on_the_window(
    fleet_program: str, handler: Handler, load: list[str], slots: int, duration: str
) -> None:
    timing = ["--warmup", "50ms", "--duration", duration]
    result = run(str(fleet_program), handler, "--active", "10", *load, *timing)
    assert errors(result) == {}
    assert in_flight(result, result["latency"]) == pytest.approx(slots, rel=0.25)


@pytest.mark.alone
@pytest.mark.parametrize("duration", ["420ms", "840ms"])
def test_so_it_is_where_requests_come_faster_than_it_answers(
    fleet_program: str, duration: str
) -> None:
    """In an open loop the requests that it answers were due long before, and its rate is what it
    answers; each of its two connections has one in flight."""
    timing = ["--warmup", "250ms", "--duration", duration]
    result = run(str(fleet_program), slow, "--active", "2", "--rate", "35", *timing)
    assert errors(result) == {}
    mean = HdrHistogram.decode(result["loop"]["uncorrected"]).get_mean_value() / 1e9
    assert result["answered"] / result["seconds"] * mean == pytest.approx(2, rel=0.25)


def held_back(program: str) -> Event:
    """Asked in the warm-up, answered once in the window, and not again before it is over."""
    opened, over = threading.Event(), threading.Event()

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        first = servers.take(connection, servers.REQUEST)
        opened.wait()
        connection.sendall(first)
        second = servers.take(connection, servers.REQUEST)
        over.wait()
        connection.sendall(second)
        servers.wait_for_end(connection)

    timing = ["--warmup", "100ms", "--duration", "1s"]
    with (
        serving(handler) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", "--active", "3", *timing]) as one,
    ):
        one.until("measuring")
        opened.set()
        one.until("measured")
        over.set()
        return one.result()


def test_what_is_answered_in_the_window_counts_whenever_it_was_asked(program: str) -> None:
    result = held_back(program)
    assert errors(result) == {}
    assert result["requests"] == sum(result["series"]) == 3
    latency = HdrHistogram.decode(result["latency"])
    assert latency.get_total_count() == 3
    assert latency.get_min_value() >= 100_000_000, "the warm-up is part of it: latency is whole"
    assert 0 < result["answered"] <= 6, "by the shares that lie inside"


def test_a_window_of_few_replies_says_so(fleet_program: str) -> None:
    timing = ["--warmup", "50ms", "--duration", "240ms"]
    few = merged([fleet_output.result(run(str(fleet_program), slow, "--active", "10", *timing))])
    assert list(spoilers(LOAD, few, server_cpu=0.0)) == []
    (note,) = remarks(LOAD, few, server_cpu=0.0)
    assert "replies for each request in flight" in note
    assert "use a `duration`" in note


def test_a_window_shorter_than_a_reply_is_invalid(fleet_program: str) -> None:
    """One of three connections is answered in it."""
    turns = iter([0.0])

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        first = servers.take(connection, servers.REQUEST)
        time.sleep(next(turns, 1.0))
        connection.sendall(first)
        second = servers.take(connection, servers.REQUEST)
        time.sleep(1.0)
        connection.sendall(second)
        servers.wait_for_end(connection)

    timing = ["--warmup", "0s", "--duration", "200ms"]
    whole = merged(
        [fleet_output.result(run(str(fleet_program), handler, "--active", "3", *timing))]
    )
    (reason,) = spoilers(LOAD, whole, server_cpu=0.0)
    assert "the window is shorter than a reply: it holds 1 replies for 3 requests" in reason
