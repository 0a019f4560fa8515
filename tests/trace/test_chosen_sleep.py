"""A thread that sleeps while it serves does so for as long as it chose, on any machine."""

from __future__ import annotations

import pytest

from tests.trace.scripted import MS, call, scripted, waits


@pytest.mark.parametrize(
    ("nap", "stalls"),
    [
        ("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=100000}, NULL) = 0", ()),
        ("nanosleep({tv_sec=0, tv_nsec=100000}, NULL) = 0", ()),
        ("poll(NULL, 0, 1) = 0 (Timeout)", ()),
        ("pselect6(0, NULL, NULL, NULL, {tv_sec=0, tv_nsec=100000}, NULL) = 0 (Timeout)", ()),
        ("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=6000000}, NULL) = 0",
         ("clock_nanosleep",)),
        ("clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=5, tv_nsec=1}, NULL) = 0",
         ("clock_nanosleep",)),
        ("poll(NULL, 0, 6) = 0 (Timeout)", ("poll",)),
    ],
)  # fmt: skip
def test_a_sleep_is_as_long_as_the_thread_chose(nap: str, stalls: tuple[str, ...]) -> None:
    """On a busy machine a server that sleeps for 0.1 ms before each reply waits for its CPU too."""

    def each(name: str, quiet: int, sent: int) -> list[str]:
        waited = "select(8, [5 6 7], [], NULL, NULL) = 1 (in [5])"
        return [
            waits(waited, quiet, sent),
            call(sent + MS + MS // 10, f'recvfrom({name}, "word", 4096, 0, NULL, NULL) = 4'),
            call(sent + 2 * MS, nap, 6 * MS),
            call(sent + 9 * MS, f'sendto({name}, "word", 4, 0, NULL, 0) = 4'),
        ]

    assert scripted(each).classification.stalls == stalls
