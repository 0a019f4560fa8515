"""A lease ends what runs on a host, once, where its coordinator is not heard of."""

from __future__ import annotations

from threading import Event

from runner.cluster.lease import RENEWED, SECONDS, Lease

PATIENCE = 60


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_lasts_as_long_as_it_is_renewed() -> None:
    clock = Clock()
    lease = Lease(lambda: None, seconds=8, clock=clock)
    lease.renew()
    clock.now += 7
    assert lease.left == 1
    lease.renew()
    assert lease.left == 8
    clock.now += 9
    assert lease.left == 0


def test_one_that_is_not_renewed_ends_and_can_begin_again() -> None:
    for _ in range(2):
        ended = Event()
        Lease(ended.set, seconds=0.01).begin()
        assert ended.wait(PATIENCE)


def test_one_that_was_stopped_ends_nothing() -> None:
    """The watch of another one that begins later has ended by then: threads of one clock."""
    never, ended = Event(), Event()
    lease = Lease(never.set, seconds=0.05)
    lease.begin()
    lease.stop()
    Lease(ended.set, seconds=0.2).begin()
    assert ended.wait(PATIENCE)
    assert not never.is_set()


def test_a_coordinator_may_be_late_several_times() -> None:
    assert SECONDS >= 5 * RENEWED
