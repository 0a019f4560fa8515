"""Bytes of descriptor sets across the border, against what the kernel's source copies."""

from __future__ import annotations

import platform

import pytest

from runner.trace.model import Call
from runner.trace.syscall_bytes import EPOLL_EVENT, syscall_bytes
from tests.trace.recorded import traced


def call(name: str, *args: str, value: int | None = 1, error: str = "") -> Call:
    return Call(1, name, args, 0, 1, 1, value, error)


@pytest.mark.parametrize(
    ("highest", "longs"), [(1, 1), (63, 1), (64, 1), (65, 2), (128, 2), (1024, 16)]
)
def test_select_copies_whole_longs_in_and_out(highest: int, longs: int) -> None:
    both = syscall_bytes([call("pselect6", str(highest), "[3]", "[]", "NULL", "NULL", "NULL")])
    assert both.bytes_in == both.bytes_out == {"pselect6": 2 * 8 * longs}
    assert both.per_event == 2 * 2 * 8 * longs


def test_a_select_that_failed_copies_nothing_out() -> None:
    failed = call("select", "70", "[3]", "NULL", "NULL", "NULL", value=-1, error="EINTR")
    assert syscall_bytes([failed]).bytes_out == {"select": 0}
    assert syscall_bytes([failed]).per_event is None


def test_poll_copies_entries_in_and_only_what_came_of_them_out() -> None:
    found = syscall_bytes([call("poll", "[{fd=3}, ...]", "100", "-1", value=4)])
    assert (found.bytes_in, found.bytes_out) == ({"poll": 800}, {"poll": 200})
    assert found.events == 4
    assert found.per_event == 250


def test_epoll_copies_what_is_ready_however_much_is_watched() -> None:
    found = syscall_bytes(
        [
            call("epoll_ctl", "5", "EPOLL_CTL_ADD", "6", "{events=EPOLLIN, ...}", value=0),
            call("epoll_ctl", "5", "EPOLL_CTL_DEL", "6", "NULL", value=0),
            call("epoll_wait", "5", "[{...}, {...}]", "256", "-1", value=2),
        ]
    )
    assert found.bytes_in == {"epoll_ctl": EPOLL_EVENT, "epoll_wait": 0}
    assert found.bytes_out == {"epoll_wait": 2 * EPOLL_EVENT}
    assert (12 if platform.machine() == "x86_64" else 16) == EPOLL_EVENT


def test_a_signal_is_one_event_whatever_its_number() -> None:
    found = syscall_bytes([call("rt_sigtimedwait", "[RT_2]", "{...}", "NULL", "8", value=34)])
    assert found.events == 1
    assert found.per_event == 8 + 128


def test_rings_in_shared_memory_cross_nothing() -> None:
    assert (
        syscall_bytes([call("io_uring_enter", "5", "1", "1", "1", "NULL", "8")]).per_event is None
    )
    assert traced("io_uring").counts.syscall_bytes.per_event is None


def test_of_a_real_conversation() -> None:
    """Two sets of one long each way: 3 silent and 2 speaking clients, all below descriptor 64."""
    assert traced("select").counts.syscall_bytes.per_event == 32
