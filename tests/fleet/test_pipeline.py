"""Several requests in flight on a connection, and requests of many sizes."""

from __future__ import annotations

import socket

import pytest
from hdrh.histogram import HdrHistogram

from . import servers
from .driving import errors
from .test_open import run

QUICK = ["--warmup", "0s", "--duration", "200ms"]


def waits_for(count: int) -> servers.Handler:
    """Answers only once so many requests are there: all of them, then the next ones."""

    def handler(connection: socket.socket) -> None:
        servers.honest_once(connection)
        while True:
            connection.sendall(servers.take(connection, count * servers.REQUEST))

    return handler


def two_and_two(connection: socket.socket) -> None:
    """The first two replies change places."""
    servers.honest_once(connection)
    first = servers.take(connection, servers.REQUEST)
    second = servers.take(connection, servers.REQUEST)
    connection.sendall(second + first)
    servers.wait_for_end(connection)


def ahead(connection: socket.socket) -> None:
    """As many replies as were asked for, and one more."""
    servers.honest_once(connection)
    data = servers.take(connection, 4 * servers.REQUEST)
    connection.sendall(data + data[: servers.REQUEST])
    servers.wait_for_end(connection)


@pytest.mark.parametrize("loop", [[], ["--rate", "2k"], ["--think", "1ms"]], ids=str)
def test_so_many_are_in_flight(program: str, loop: list[str]) -> None:
    asked = ["--active", "3", "--pipeline", "4", "--reply-timeout", "300ms", *QUICK, *loop]
    result = run(program, servers.honest if loop else waits_for(4), *asked)
    assert errors(result) == {}
    assert result["requests"] > 0
    assert HdrHistogram.decode(result["latency"]).get_total_count() == result["requests"]


def test_no_more_are_in_flight(program: str) -> None:
    asked = ["--active", "2", "--pipeline", "4", "--reply-timeout", "300ms", *QUICK]
    result = run(program, waits_for(5), *asked)
    assert errors(result) == {"reply_timeout": 2}


@pytest.mark.parametrize("liar", [two_and_two, servers.corrupt, servers.corrupt_tag])
def test_a_liar_is_found_in_a_pipeline(program: str, liar: servers.Handler) -> None:
    result = run(program, liar, "--active", "2", "--pipeline", "4", *QUICK)
    assert errors(result) == {"corrupt": 2}


def test_a_reply_too_many_is_found(program: str) -> None:
    """It repeats an old one: as the reply to a request not yet sent, or as a wrong one."""
    result = run(program, ahead, "--active", "2", "--pipeline", "4", *QUICK)
    assert sum(errors(result).values()) == 2
    assert set(errors(result)) <= {"extra", "corrupt"}


def test_one_byte_at_a_time_in_a_pipeline(program: str) -> None:
    result = run(program, servers.dribble, "--active", "2", "--pipeline", "4", *QUICK)
    assert errors(result) == {}
    assert result["requests"] > 0


@pytest.mark.parametrize("pipeline", ["1", "3", "16"])
@pytest.mark.parametrize("payload", ["uniform:1B..100KiB", "exponential:100B", "70KiB"])
def test_sizes_of_every_kind(program: str, payload: str, pipeline: str) -> None:
    asked = ["--active", "3", "--payload", payload, "--pipeline", pipeline, *QUICK]
    result = run(program, servers.honest, *asked, "--reply-timeout", "60s")
    assert errors(result) == {}
    assert result["requests"] > 0
    assert result["bytes"] > result["requests"]


def test_the_steps_of_the_window_add_up(program: str) -> None:
    """Each step's latencies are those of the whole, dealt out: merged they give it back."""
    timing = ["--warmup", "0s", "--duration", "500ms", "--interval", "100ms"]
    result = run(program, servers.honest, "--active", "3", *timing)
    steps = [HdrHistogram.decode(each) for each in result["series_latency"]]
    assert len(steps) == len(result["series_p50_ns"]) == len(result["series_p99_ns"]) == 5
    assert [each.get_total_count() for each in steps] == result["series"]
    for step, p50, p99 in zip(steps, result["series_p50_ns"], result["series_p99_ns"], strict=True):
        if step.get_total_count():
            assert p50 == step.get_value_at_percentile(50)
            assert p99 == step.get_value_at_percentile(99)
    whole = HdrHistogram.decode(result["latency"])
    merged = HdrHistogram(1_000, 3_600_000_000_000, 3)
    for step in steps:
        merged.add(step)
    assert bytes(merged.counts) == bytes(whole.counts)
