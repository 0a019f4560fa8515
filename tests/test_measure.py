"""A trial's outcome is put at the right door, whatever happens. With scripted boxes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from runner import measure
from runner.engine.box import BuildError, EngineError, Exit, MissingError
from runner.plan import Host, Trial, expand
from runner.records.fleet_output import FleetProgress
from runner.records.json_line import from_json, to_json
from runner.records.outcome import Outcome, Status
from tests.conftest import MakeSuite
from tests.fake_engine import ERRORS, READY, FakeEngine, Script, event, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""
CEILING = """
    experiments:
      - {id: e, title: t, measure: ceiling, server: {lab: select}, limits: {nofile: 4096}}
"""


@pytest.fixture
def load_trial(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), Host(20_000, (0, 1)), repeat=1).trials[0]


@pytest.fixture
def ceiling_trial(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(CEILING), Host(20_000, (0, 1)), repeat=1).trials[0]


def run(trial: Trial, *scripts: Script | EngineError) -> tuple[Outcome, FakeEngine]:
    engine = FakeEngine(scripts)
    found = measure.run(trial, engine, {})
    assert all(box.removed for box in engine.boxes), "every box is removed, whatever happened"
    return found, engine


def test_a_sound_trial_yields_its_metrics(load_trial: Trial) -> None:
    found, engine = run(load_trial, server(), fleet(idle=200, active=50, requests=5000))
    assert found.status is Status.OK, found.reason
    metrics = found.metrics
    assert metrics["rate"] == 5000
    assert metrics["server_cpu"] == pytest.approx(0.95)
    assert metrics["cpu_per_request"] == pytest.approx(0.95 / 5000 * 1e9, rel=1e-6)
    assert float(metrics["p50"]) == pytest.approx(100_000, rel=0.005)
    assert metrics["errors"] == 0
    assert engine.boxes[1].written == ["start"]


def test_memory_is_searched_for_outside_of_the_window_alone(load_trial: Trial) -> None:
    """Of 551 interpreters that takes 100 ms of CPU, which halved the rate of `fork` in Python and
    made its trials INVALID three times in a row."""
    _, engine = run(load_trial, server(), fleet(idle=200, active=50))
    ready, connected, start, end = engine.boxes[0].searched
    assert (ready, connected) == (True, True), "memory per connection is the difference of these"
    assert (start, end) == (False, False)


def test_the_boxes_are_what_the_trial_asks_for(load_trial: Trial) -> None:
    _, engine = run(load_trial, server(), fleet(idle=200, active=50))
    asked_server, asked_fleet = engine.asked
    assert asked_server.nofile.soft == asked_server.nofile.hard == load_trial.nofile
    assert (asked_server.cpus, asked_fleet.cpus) == ((0,), (1,))
    assert asked_server.env["PORT"] == "9000"
    assert asked_fleet.nofile.soft == 20_000
    args = asked_fleet.args
    assert args[args.index("--idle") + 1] == "200"
    assert args[args.index("--payload") + 1] == "64B"


def test_the_record_says_where_it_ran_and_what_else_did(load_trial: Trial) -> None:
    found, _ = run(load_trial, server(), fleet(idle=200, active=50))
    place = found.record.placement
    assert place is not None
    assert (place.server, place.fleet, place.shared) == ((0,), (1,), False)
    assert place.path == "loopback of a namespace of their own"
    assert set(found.record.moments or ()) == {"before", "start", "end", "after"}
    assert found.record.asked.looks == (1,)
    assert "-O2" in (found.record.asked.flags or ())
    alone = replace(load_trial, server_cpus=(), fleet_cpus=())
    found, _ = run(alone, server(), fleet(idle=200, active=50))
    assert found.record.placement is not None
    assert found.record.placement.shared is True


def test_a_window_that_began_too_early_is_invalid_and_says_so(load_trial: Trial) -> None:
    warming = fleet(idle=200, active=50, series=[10, 20, 30, 40, 50] + [100] * 15)
    found, engine = run(load_trial, server(), warming)
    assert found.status is Status.INVALID
    assert "the warm-up was too short" in found.reason
    assert found.record.settled is False
    args = engine.asked[1].args
    assert args[args.index("--interval") + 1] == "50000us"


def test_an_exchange_goes_over_the_command_line_whole(suite_of: MakeSuite) -> None:
    suite = suite_of(
        """
        experiments:
          - id: e
            title: t
            server: {lab: epoll}
            fleet:
              loop: open
              rate: 1k
              pipeline: 4
              requests_per_connection: 3
              close: fin
              churn: 50
              slow_readers: 5%
              slow_writers: [10%]
              first_crowd: 7
              ramp: 4
              exchange: {send: "a\\\\b\\r\\n\\u00e9", reply: {exactly: "ok\\t"}}
        """
    )
    trial = expand(suite, Host(20_000, (0, 1)), repeat=1).trials[0]
    _, engine = run(trial, server(), fleet())
    args = engine.asked[1].args
    told = dict(pairwise(args))
    assert "payload" not in trial.cell.full_name
    assert "--payload" not in args
    assert told["--send"] == r"a\\b\x0d\x0a\xc3\xa9"
    assert told["--reply"] == r"exactly:ok\x09"
    assert (told["--rate"], told["--pipeline"], told["--close"]) == ("1000", "4", "fin")
    assert told["--requests-per-connection"] == "3"
    assert (told["--churn"], told["--ramp"]) == ("50", "4")
    assert told["--first-crowd"] == "7"
    assert (told["--slow-readers"], told["--slow-writers"]) == ("5%", "10%")


def test_several_fleets_share_without_loss_and_merge(load_trial: Trial) -> None:
    trial = replace(load_trial, fleets=3)
    parts = [fleet(idle=67, active=17), fleet(idle=67, active=17), fleet(idle=66, active=16)]
    found, engine = run(trial, server(), *parts)
    assert found.status is Status.OK, found.reason
    assert found.metrics["rate"] == 3000
    shares = [box.args[box.args.index("--part") + 1] for box in engine.asked[1:]]
    assert shares == ["1/3", "2/3", "3/3"]


def test_a_saturated_fleet_is_invalid_and_not_slow(load_trial: Trial) -> None:
    busy = {"user_ns": 0, "system_ns": 0, "wall_ns": 10**9, "run_ns": 99 * 10**7, "wait_ns": 0}
    slack = Script([READY], cpu_share=0.4)
    found, _ = run(load_trial, slack, fleet(idle=200, active=50, cpu=busy))
    assert found.status is Status.INVALID
    assert "the load generator was the bottleneck" in found.reason
    full = Script([READY], cpu_share=0.99)
    found, _ = run(load_trial, full, fleet(idle=200, active=50, cpu=busy))
    assert found.status is Status.OK, "a server at its own limit is what was to be measured"


def test_a_fleet_that_had_to_share_its_cpu_is_invalid(load_trial: Trial) -> None:
    shared = {"user_ns": 0, "system_ns": 0, "wall_ns": 10**9, "run_ns": 3 * 10**8,
              "wait_ns": 6 * 10**8}  # fmt: skip
    found, _ = run(load_trial, server(), fleet(idle=200, active=50, cpu=shared))
    assert found.status is Status.INVALID
    assert "the load generator waited for CPU 1 during 60%" in found.reason


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        (Script(["hello"]), Status.FAIL, "the first line was 'hello'"),
        (Script([]), Status.FAIL, "no READY line"),
        (
            Script([], Exit(1), "bind: in use\n", silent=False),
            Status.FAIL,
            "the server ended before READY: exit code 1: bind: in use",
        ),
        (EngineError("the daemon went away"), Status.ERROR, "the daemon went away"),
    ],
)
def test_a_server_that_does_not_begin(
    load_trial: Trial, script: Script | EngineError, status: Status, reason: str
) -> None:
    found, _ = run(load_trial, script)
    assert found.status is status
    assert reason in found.reason


@pytest.mark.parametrize(
    ("ended", "status", "reason"),
    [
        (Exit(None, 11), Status.FAIL, "died during the trial, signal 11"),
        (Exit(None, 9, oom=True), Status.FAIL, "out of memory"),
        (Exit(None, 9, outside=True), Status.ERROR, "killed from outside"),
        (Exit(0), Status.FAIL, "died during the trial, exit code 0"),
    ],
)
def test_a_server_that_dies_in_mid_trial(
    load_trial: Trial, ended: Exit, status: Status, reason: str
) -> None:
    found, _ = run(load_trial, server(ended=ended), fleet(idle=200, active=50))
    assert (found.status, found.metrics) == (status, {})
    assert reason in found.reason


def test_an_engine_that_goes_away_takes_the_blame_for_its_boxes(load_trial: Trial) -> None:
    """A daemon that is stopped tells its boxes to end: they obey, and die in mid-trial."""
    engine = FakeEngine([server(ended=Exit(0)), fleet(idle=200, active=50)])
    engine.leaving = True
    found = measure.run(load_trial, engine, {})
    assert found.status is Status.ERROR
    assert "engine fake stopped and ended its boxes" in found.reason
    crashed = FakeEngine([server(ended=Exit(None, 11)), fleet(idle=200, active=50)])
    crashed.leaving = True
    assert measure.run(load_trial, crashed, {}).status is Status.FAIL, "nobody told it to crash"


def test_a_server_that_holds_fewer_than_asked_fails_with_its_own_limit(load_trial: Trial) -> None:
    errors = {**dict.fromkeys(ERRORS, 0), "refused": 31}
    short = Script([event("connected", idle=169, active=50, seconds=0.1, errors=errors)])
    found, _ = run(load_trial, server("REFUSED limit=FD_SETSIZE fd=1024"), short)
    assert found.status is Status.FAIL
    assert "held 219 of 250 connections (refused 31); it reported limit=FD_SETSIZE fd=1024" in (
        found.reason
    )


def test_a_fleet_without_descriptors_is_the_instruments_fault(load_trial: Trial) -> None:
    errors = {**dict.fromkeys(ERRORS, 0), "own_limit": 31}
    short = Script([event("connected", idle=169, active=50, seconds=0.1, errors=errors)])
    found, _ = run(load_trial, server(), short)
    assert found.status is Status.INVALID


@pytest.mark.parametrize(
    "script",
    [
        Script(["no json"]),
        Script([event("error", message="epoll_wait: Bad file descriptor")]),
        Script([], Exit(3), "Segmentation fault", silent=False),
    ],
)
def test_a_broken_fleet_never_costs_the_server(load_trial: Trial, script: Script) -> None:
    found, _ = run(load_trial, server(), script)
    assert found.status is Status.ERROR


def test_a_ceiling_names_its_limit(ceiling_trial: Trial) -> None:
    stopped: dict[str, Any] = {
        "served": 1019,
        "refused": 109,
        "stopped_by": "closed",
        "requests": 0,
    }
    found, _ = run(ceiling_trial, server("REFUSED limit=FD_SETSIZE fd=1024"), fleet(**stopped))
    assert found.status is Status.OK, found.reason
    assert found.metrics["served"] == 1019
    assert (found.metrics["limit"], found.metrics["refused_fd"]) == ("FD_SETSIZE", 1024)


def test_a_ceiling_that_was_not_met_says_so(ceiling_trial: Trial) -> None:
    capped: dict[str, Any] = {"served": 30_000, "refused": 0, "stopped_by": "cap", "requests": 0}
    found, _ = run(ceiling_trial, server(), fleet(**capped))
    assert found.metrics["limit"] == "none"
    assert "refused_fd" not in found.metrics


def test_what_was_not_built_is_not_run(load_trial: Trial) -> None:
    program = measure.server_program(load_trial)
    broken = measure.run(load_trial, FakeEngine([]), {program: BuildError("server.c:3: error")})
    assert (broken.status, broken.reason) == (Status.FAIL, "server.c:3: error")
    missing = MissingError("no C compiler", "type: sudo apt-get install gcc")
    skipped = measure.run(load_trial, FakeEngine([]), {program: missing})
    assert (skipped.status, skipped.reason) == (Status.SKIP, str(missing))
    instrument = {measure.FLEET_PROGRAM: BuildError("fleet.c:1")}
    assert measure.run(load_trial, FakeEngine([]), instrument).status is Status.ERROR


def test_a_measurement_survives_its_json(load_trial: Trial) -> None:
    found, _ = run(load_trial, server(), fleet(idle=200, active=50))
    assert from_json(to_json(found)).cell == found.cell
    assert from_json(to_json(found)).metrics == found.metrics


def test_progress_is_told(load_trial: Trial) -> None:
    told: list[FleetProgress] = []
    engine = FakeEngine([server(), fleet(idle=200, active=50)])
    measure.run(load_trial, engine, {}, told.append)
    assert [heard.phase for heard in told] == ["connecting"]
