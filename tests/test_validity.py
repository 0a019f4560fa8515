"""Every way in which the instrument can be what was measured: named, with what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram

from runner.kinds import LOAD
from runner.measure.metrics import indistinct, merged, series, slowed_only, spoilers
from runner.records import fleet_output
from runner.records.fleet_output import FleetResult
from tests.fake_engine import ERRORS, fleet

SECOND = 10**9


def encoded(*values_ns: int) -> str:
    histogram = HdrHistogram(1_000, 3_600 * SECOND, 3)
    for value in values_ns:
        histogram.record_value(value)
    return str(histogram.encode().decode())


def result(**said: Any) -> FleetResult:
    return fleet_output.result(json.loads(fleet(**said).lines[-1]))


def cpu(run: float = 0.5, wait: float = 0.0) -> dict[str, Any]:
    return {"user_ns": 0, "system_ns": 0, "wall_ns": SECOND, "run_ns": int(run * SECOND),
            "wait_ns": int(wait * SECOND)}  # fmt: skip


def net(**said: int) -> dict[str, int]:
    return {"listen_drops": 0, "retransmits": 0, **said}


def late(lag_ms: float, latency_ms: float) -> dict[str, Any]:
    return {
        "latency": encoded(*[int(latency_ms * 1e6)] * 100),
        "loop": {"kind": "open", "scheduled": 100, "unsent": 0,
                 "lag": encoded(*[int(lag_ms * 1e6)] * 100)},
    }  # fmt: skip


def of(what: str) -> dict[str, Any]:
    lacked = {"errors": {**dict.fromkeys(ERRORS, 0), "own_limit": 5}}
    return lacked | {"own_limit": {"what": what, "needed": 9, "granted": 4}}


REASONS = [
    (result(cpu=cpu(run=0.99)), "the load generator was the bottleneck"),
    (result(cpu=cpu(wait=0.6)), "waited for its CPU during 60%"),
    (result(still_ns=SECOND // 10), "the load generator stood still for 10% of the window"),
    (result(net=net(listen_drops=2)), "the listen queue dropped 2"),
    (
        result(net=net(listen_drops=2, listen_backlog=128, somaxconn=128)),
        "the listen queue, which holds 128, the maximum, dropped 2 connections; raise",
    ),
    (result(interrupted=True, interrupted_by="signal"), "was interrupted (signal)"),
    (
        result(requests=9, loop={"kind": "closed", "driven": 10, "pipeline": 1, "think": "none"}),
        "the window is shorter than a reply",
    ),
    (result(net=net(retransmits=11)), "11 segments of the trial's connections were lost"),
    (result(net=net(conntrack=95, conntrack_most=100)), "holds 95 of 100"),
    (result(net=net(time_wait=25_000)), "25000 ports of one source address are in TIME_WAIT"),
    (result(net=net(time_wait=5, time_wait_overflows=1)), "TIME_WAIT"),
    (result(**late(5, 10)), "1% of the requests more than 5.0 ms late, with a p99 of 10.0 ms"),
    (result(**of("ports")), "ran out of ports; raise `sources`"),
    (result(**of("nofile")), "ran out of descriptors"),
    (
        result(turns={"span_ns": 2 * SECOND, "overrun_ns": SECOND // 10}),
        "10% of its window ran into other servers' turns; use a longer `interleave`",
    ),
]


@pytest.mark.parametrize(("said", "reason"), REASONS, ids=[each[1][:30] for each in REASONS])
def test_what_spoils_a_trial_is_named(said: FleetResult, reason: str) -> None:
    (found,) = spoilers(LOAD, merged([said]), server_cpu=0.4)
    assert reason in found


def test_counts_are_right_where_only_time_was_lacking() -> None:
    slow = [result(cpu=cpu(wait=0.6)), result(still_ns=SECOND // 10)]
    slow += [result(turns={"span_ns": 2 * SECOND, "overrun_ns": SECOND // 10})]
    slow += [result(net=net(retransmits=11))]
    both = result(still_ns=SECOND // 10, net=net(listen_drops=2))
    rest = [said for said, _ in REASONS if said not in slow]
    for said in slow:
        assert slowed_only(LOAD, merged([said]), 0.4, answered=True)
    for said in (*rest, both, result()):
        assert not slowed_only(LOAD, merged([said]), 0.4, answered=True)


SOUND = [
    result(),
    result(still_ns=SECOND // 25),
    result(still_ns=SECOND // 2, cpu=cpu(run=0.96)),  # it was busy: that is another reason
    result(cpu=cpu(run=0.9)),
    result(net=net(retransmits=10)),
    result(net=net(retransmits=500, needless=490)),
    result(net=net(time_wait_overflows=1)),  # of another program: none of these waits
    result(net=net(listen_drops=30, retransmits=60, listen_backlog=5, somaxconn=4096)),
    result(net=net(conntrack=50, conntrack_most=100, time_wait=5_000)),
    result(turns={"span_ns": 2 * SECOND, "overrun_ns": SECOND // 100}),
    result(**late(0.5, 1)),  # half of the tail, but half a millisecond
    result(**late(5, 100)),  # five milliseconds, but a small part of the tail
]


@pytest.mark.parametrize("said", SOUND)
def test_what_does_not_is_not(said: FleetResult) -> None:
    assert list(spoilers(LOAD, merged([said]), server_cpu=0.4)) == []


def test_no_reading_of_two_clocks_makes_more_of_a_cpu_than_there_is() -> None:
    assert merged([result(cpu=cpu(run=1.08))]).cpu == 1.0
    short = {"user_ns": 0, "system_ns": 0, "wall_ns": 9_000, "run_ns": 9_900, "wait_ns": 0}
    assert merged([result(cpu=short)]).cpu == 0.0, "of no time there is no share"


def test_a_busy_fleet_is_suspected_where_nothing_is_known_of_the_server() -> None:
    busy = merged([result(cpu=cpu(run=0.99))])
    assert list(spoilers(LOAD, busy, server_cpu=0.95)) == []
    assert "the bottleneck" in next(spoilers(LOAD, busy, server_cpu=None))


def test_where_both_are_at_their_end_it_is_said() -> None:
    busy = merged([result(cpu=cpu(run=0.99))])
    assert "both CPU-bound" in str(indistinct(busy, 0.97))
    assert indistinct(busy, 0.5) is None
    assert indistinct(merged([result()]), 0.97) is None


def test_the_steps_of_several_fleets_are_one_series() -> None:
    first = result(
        series=[2, 1], interval_ns=5, series_latency=[encoded(1000, 2000), encoded(9000)]
    )
    second = result(series=[1, 0], interval_ns=5, series_latency=[encoded(3000), ""])
    found = series([first, second])
    assert found["requests"] == [3, 1]
    assert found["p50_ns"] == [pytest.approx(2000, rel=0.3), pytest.approx(9000, rel=0.1)]
    assert series([replace(first, series_latency=None), second])["p50_ns"] is None
