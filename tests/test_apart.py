"""A load from several hosts: whether it was one load, by clocks that are known to bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.measure.metrics import Span, network_bound, overlap, skew, spoiled
from runner.records.apart import Apart, Floor, LoadHost

MS = 1_000_000
SECOND = 1_000 * MS
WELL = Apart(
    address="10.0.0.1:40000",
    hosts=(LoadHost("lab-2", "10.0.0.2"), LoadHost("lab-3", "10.0.0.3")),
    overlap=1.0,
)


def window(began: float, ahead: float = 0.0, bound: float = 0.0) -> Span:
    """Of one second; all in ms of the server's clock, which the other one is ahead of."""
    at = int((began + ahead) * MS)
    return Span(at, at + SECOND, int((ahead - bound) * MS), int((ahead + bound) * MS))


def test_windows_are_compared_on_one_clock() -> None:
    spans = [window(0), window(3, ahead=500_000)]
    assert overlap(spans) == pytest.approx(0.997)
    assert skew(spans) == 3 * MS


def test_what_is_not_known_of_a_clock_counts_against_the_overlap() -> None:
    """At worst the one clock is late by its bound and the other one early."""
    assert overlap([window(0, bound=1), window(0, bound=2)]) == pytest.approx(0.996)
    assert skew([window(0, bound=1), window(0, bound=2)]) == 0


def test_one_host_has_one_clock() -> None:
    assert overlap([window(0, ahead=9, bound=80)]) == 1
    assert overlap([window(0, bound=80), window(2, bound=80)]) == pytest.approx(0.998)


def test_windows_that_do_not_meet_have_no_overlap() -> None:
    assert overlap([window(0), window(1500)]) == 0


def test_one_load_is_sound_and_less_is_named() -> None:
    assert spoiled(WELL, 1000) is None
    assert spoiled(replace(WELL, overlap=0.99), 1000) is None
    reason = spoiled(replace(WELL, overlap=0.985, skew_ns=15 * MS), 1000)
    assert reason is not None
    assert "98.5% of the window (99% are needed)" in reason
    assert "15.0 ms apart" in reason


def test_packets_that_either_side_dropped_make_it_invalid() -> None:
    assert spoiled(replace(WELL, dropped=10), 1000) is None
    assert "the server's host dropped 11 packets" in str(spoiled(replace(WELL, dropped=11), 1000))
    lost = (WELL.hosts[0], replace(WELL.hosts[1], dropped=50))
    assert "load host lab-3 dropped 50" in str(spoiled(replace(WELL, hosts=lost), 1000))
    assert spoiled(replace(WELL, hosts=lost), 100_000) is None, "less than a thousandth"


def test_segments_of_the_server_that_were_lost_make_it_invalid() -> None:
    assert spoiled(replace(WELL, retransmits=60, needless=55), 1000) is None
    assert "40 segments of the server were lost" in str(
        spoiled(replace(WELL, retransmits=60, needless=20), 1000)
    )


def test_a_rate_near_the_null_servers_may_be_the_networks() -> None:
    floor = replace(WELL, floor=Floor(80_000, 100_000.0, 50, 64))
    assert network_bound(floor, 89_000, closed=True) is None
    assert "lower bound for the server" in str(network_bound(floor, 90_000, closed=True))
    assert network_bound(floor, 90_000, closed=False) is None, "an open loop sets the rate itself"
    assert network_bound(floor, None, closed=True) is None
    assert network_bound(WELL, 90_000, closed=True) is None
