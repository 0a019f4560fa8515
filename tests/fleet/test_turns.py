"""Fleets that take turns: one at a time by the machine's clock, and no figure knows of it."""

from __future__ import annotations

import socket
import time

import pytest

from . import servers
from .driving import Event, errors, fleet
from .servers import serving

SLOT_MS = 100
SLOT = SLOT_MS * 1_000_000
ASKED = ["--active", "3", "--warmup", "0s", "--duration", "500ms", "--slot", f"{SLOT_MS}ms"]


class Heard:
    """An honest server that notes in which slot it hears something. What arrives in the first half
    may have been sent at the end of the slot before, on a busy machine."""

    def __init__(self) -> None:
        self.slots: set[int] = set()

    def __call__(self, connection: socket.socket) -> None:
        while data := connection.recv(1 << 16):
            slot, into = divmod(time.monotonic_ns(), SLOT)
            if len(data) > 1 and into > SLOT // 2:
                self.slots.add(slot)
            connection.sendall(data)


@pytest.mark.parametrize("more", [[], ["--requests-per-connection", "2"], ["--pipeline", "4"]],
                         ids=str)  # fmt: skip
def test_one_at_a_time(program: str, more: list[str]) -> None:
    heard = [Heard(), Heard()]
    with serving(heard[0]) as one, serving(heard[1]) as other:
        to = [["--connect", f"127.0.0.1:{server.port}"] for server in (one, other)]
        with (
            fleet([program, *to[0], *ASKED, *more, "--turn", "1/2", "--wait"]) as first,
            fleet([program, *to[1], *ASKED, *more, "--turn", "2/2", "--wait"]) as second,
        ):
            both = (first, second)
            for each in both:
                each.until("connected")
            for each in both:
                each.tell("start")
            results: list[Event] = [each.until("result") for each in both]
            for each in both:
                each.tell("stop")
    assert heard[0].slots
    assert heard[1].slots
    shared, used = heard[0].slots & heard[1].slots, heard[0].slots | heard[1].slots
    assert 4 * len(shared) <= len(used), "without turns it would be every one"
    for turn, result in enumerate(results, 1):
        assert errors(result) == {}
        assert result["requests"] > 0
        assert result["turns"]["turn"] == turn
        assert result["seconds"] == pytest.approx(0.5, abs=0.1), (
            "its own time stands still meanwhile"
        )
        # Five slots of its own, and in each round one that is not: two at most lie side by side.
        assert result["turns"]["span_ns"] >= (500 + 2 * SLOT_MS) * 1_000_000


def test_a_turn_of_one_is_nothing_special(program: str) -> None:
    with (
        serving(servers.honest) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *ASKED, "--turn", "1/1"]) as alone,
    ):
        result = alone.result()
    assert errors(result) == {}
    assert "turns" not in result


def test_who_dies_in_the_pause_is_noticed(program: str) -> None:
    """Its server closes everything while it is another's turn, who is not even there."""

    def closing(connection: socket.socket) -> None:
        servers.honest_once(connection)
        connection.shutdown(socket.SHUT_RDWR)

    with (
        serving(closing) as server,
        fleet([program, "--connect", f"127.0.0.1:{server.port}", *ASKED, "--turn", "2/2"]) as alone,
    ):
        result = alone.result()
    assert set(errors(result)) <= {"closed", "reset"}
    assert sum(errors(result).values()) == 3
