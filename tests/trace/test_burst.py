"""Who reads the messages of a burst, and what had named their clients, from a tracer's record."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from runner.trace import record_of
from runner.trace.burst import served_burst
from runner.trace.classification import ServedBurst
from runner.trace.model import Burst, Conversation
from runner.trace.sockets import sockets
from runner.trace.watching import Watching

CLIENTS = (5, 6, 7, 8)
LISTENER = "3<socket:[30]>"
BEGAN = '1 1.000000000 execve("/server", ["server"], 0x7f00 /* 0 vars */) = 0 <0.000100000>'
SECOND = 1_000_000_000
BURST = Burst(9 * SECOND, len(CLIENTS), ((10 * SECOND, 11 * SECOND), (12 * SECOND, 13 * SECOND)))


def socket(fd: int) -> str:
    return f"{fd}<socket:[{fd}0]>"


def polled(at: str, fds: Iterable[int], thread: int = 1) -> str:
    given = ", ".join(f"{{fd={socket(fd)}, events=POLLIN}}" for fd in CLIENTS)
    shown = ", ".join(f"{{fd={fd}, revents=POLLIN}}" for fd in fds)
    return f"{thread} {at} poll([{given}], 4, -1) = {len([*fds])} ([{shown}]) <0.000010000>"


def read(at: str, fd: int, thread: int = 1, took: str = "0.000010000") -> str:
    return f'{thread} {at} recvfrom({socket(fd)}, "x"..., 64, 0, NULL, NULL) = 4 <{took}>'


def vain(at: str, fd: int, took: str = "0.000010000") -> str:
    error = "EAGAIN (Resource temporarily unavailable)"
    return f"1 {at} recvfrom({socket(fd)}, 0x7f00, 64, 0, NULL, NULL) = -1 {error} <{took}>"


def served(*lines: str) -> ServedBurst:
    accepted = [
        f"1 {fd}.000000000 accept4({LISTENER}, NULL, NULL, 0) = {socket(fd)} <0.000010000>"
        for fd in CLIENTS
    ]
    record = record_of([BEGAN, *accepted, *lines])
    known = sockets(record, Conversation({}, {}, 0, (), 0, 9 * SECOND, alone=False))
    return served_burst(record, known, Watching(record), BURST)


def test_a_message_counts_for_the_call_that_named_its_client_in_the_thread_that_reads() -> None:
    found = served(
        polled("10.000100000", (5, 6)), read("10.000200000", 5), read("10.000300000", 6),
        read("10.000400000", 6),  # the rest of a message
        polled("10.100000000", (7,), thread=2), read("10.200000000", 7),
        read("10.300000000", 8),
    )  # fmt: skip
    assert (found.messages, found.read) == (8, 4)
    assert found.named == {"poll": 2, "another thread": 1, "nothing": 1}
    assert found.readers == (5,)


def test_a_name_of_the_round_before_is_no_name_in_this_one() -> None:
    found = served(
        polled("10.000100000", (5,)), read("10.000200000", 5), read("12.000200000", 5),
    )  # fmt: skip
    assert found.named == {"poll": 1, "nothing": 1}


@pytest.mark.parametrize("at", ["9.500000000", "11.500000000"])
def test_what_is_read_between_the_rounds_is_not_of_them(at: str) -> None:
    assert served(read(at, 5)).read == 0


def test_a_read_that_found_nothing_slept_only_if_the_server_had_set_a_time() -> None:
    """What is preempted lasts as long: a read that finds bytes shows no sleep, however long."""
    lines = (
        vain("10.000100000", 5), vain("10.000200000", 6, took="0.002000000"),
        read("10.100000000", 8, took="0.002000000"),
    )  # fmt: skip
    timed = f"1 9.600000000 setsockopt({socket(6)}, SOL_SOCKET, SO_RCVTIMEO_OLD, 0x7f, 16) = 0"
    assert [(each.vain, each.slept) for each in (
        served(*lines), served(f"{timed} <0.000010000>", *lines)
    )] == [(2, 0), (2, 1)]  # fmt: skip


def test_threads_are_counted_by_the_calls_that_moved_bytes() -> None:
    found = served(*(read(f"10.{n}00000000", 5, thread=1 + n % 3) for n in range(1, 9)))
    assert found.readers == (3, 3, 2)
    assert found.named == {"nothing": 1}  # eight pieces of one message
