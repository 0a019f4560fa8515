"""Fleets that take turns: one at a time by the machine's clock, and no figure knows of it."""

from __future__ import annotations

import ctypes
import socket
import time
from collections import Counter
from itertools import permutations
from math import factorial

import pytest

from . import servers
from .driving import Event, compiled, errors, fleet
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


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    target = tmp_path_factory.mktemp("turns") / "fleet.so"
    found = ctypes.CDLL(str(compiled(target, "-O2", "-shared", "-fPIC")))
    found.turns_place.argtypes = [ctypes.c_uint64] * 3
    found.turns_place.restype = ctypes.c_uint64
    return found


def order(library: ctypes.CDLL, number: int, turns: int) -> tuple[int, ...]:
    """The place of each turn in a round."""
    return tuple(library.turns_place(number, turns, turn) for turn in range(turns))


def likely(counts: list[int]) -> bool:
    """Whether chance explains that the counts are not all the same."""
    from scipy import stats  # slow to load, and every worker collects every file

    return bool(stats.chisquare(counts).pvalue > 1e-4)


BEGINNINGS = [0, 10**6, 2**40, 2**63]
"""Rounds are counted from the start of the machine: any number may be the first of a window."""


@pytest.mark.parametrize("begin", BEGINNINGS)
@pytest.mark.parametrize("turns", [2, 3, 4, 5])
def test_every_order_of_turns_is_equally_likely(
    library: ctypes.CDLL, turns: int, begin: int
) -> None:
    rounds = 200 * factorial(turns)
    drawn = Counter(order(library, begin + number, turns) for number in range(rounds))
    assert set(drawn) == set(permutations(range(turns)))
    assert likely(list(drawn.values()))


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_nine_turns_prefer_no_place_and_no_neighbour(library: ctypes.CDLL, begin: int) -> None:
    drawn = [order(library, begin + number, 9) for number in range(5000)]
    assert all(sorted(each) == list(range(9)) for each in drawn)
    for turn in range(9):
        assert likely([sum(each[turn] == place for each in drawn) for place in range(9)])
    first_before = [sum(each[a] < each[b] for each in drawn) for a in range(9) for b in range(a)]
    from scipy import stats

    assert all(stats.binomtest(count, 5000).pvalue > 1e-5 for count in first_before)
    after = Counter(each.index(place + 1) for each in drawn for place in [each[0]] if place < 8)
    assert likely([after[turn] for turn in range(1, 9)])


def test_one_round_says_nothing_of_the_next(library: ctypes.CDLL) -> None:
    pairs = Counter(
        (order(library, number, 3), order(library, number + 1, 3)) for number in range(0, 20_000, 2)
    )
    assert likely([pairs[a, b] for a in permutations(range(3)) for b in permutations(range(3))])


def test_whatever_the_number_of_turns_each_has_one_place(library: ctypes.CDLL) -> None:
    for turns in (1, 2, 7, 64, 1000):
        for number in (0, 1, 2**64 - 1):
            assert sorted(order(library, number, turns)) == list(range(turns))
