"""Errors and ends in mid-trial are blamed on what made them: server, instrument or lab."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner import measure
from runner.engine.box import Box, EngineError, Exit, Running
from runner.measure import clock
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from tests.conftest import MakeSuite
from tests.fake_engine import ERRORS, FakeBox, FakeEngine, Script, event, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""
CEILING = """
    experiments:
      - {id: e, title: t, measure: ceiling, server: {lab: select}, limits: {nofile: NOFILE}}
"""
REFUSED: dict[str, Any] = {"served": 1019, "refused": 9, "stopped_by": "closed", "requests": 0}
HOST = Host(20_000, (0, 1))


@pytest.fixture
def load(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), HOST, repeat=1).trials[0]


@pytest.fixture
def ceiling(suite_of: MakeSuite) -> Callable[[int], Trial]:
    def make(nofile: int) -> Trial:
        return expand(suite_of(CEILING.replace("NOFILE", str(nofile))), HOST, repeat=1).trials[0]

    return make


def run(trial: Trial, *scripts: Script | EngineError, leaving: bool = False) -> Outcome:
    engine = FakeEngine(scripts)
    engine.leaving = leaving
    found = measure.run(trial, engine, {})
    assert all(box.removed for box in engine.boxes), "every box is removed, whatever happened"
    return found


def with_errors(**counts: int) -> dict[str, int]:
    return {**dict.fromkeys(ERRORS, 0), **counts}


@pytest.mark.parametrize(
    "kind",
    ["corrupt", "extra", "protocol", "too_long", "reset", "closed", "refused", "idle_lost"],
)
def test_errors_of_the_server_fail_before_anything_is_invalid(load: Trial, kind: str) -> None:
    busy = {"user_ns": 0, "system_ns": 0, "wall_ns": 10**9, "run_ns": 99 * 10**7, "wait_ns": 10**9}
    invalid: dict[str, Any] = {
        "cpu": busy,
        "net": {"listen_drops": 7},
        "series": [1] * 5 + [100] * 15,
    }
    wrong = fleet(idle=200, active=50, errors=with_errors(**{kind: 50}), **invalid)
    found = run(load, server(), wrong)
    assert found.status is Status.FAIL
    assert f"{kind} 50" in found.reason
    assert found.metrics == {"errors": 50}
    assert found.record.fleets, "what was counted is kept"


@pytest.mark.parametrize("requests", [0, 1000])
def test_a_server_that_answers_wrongly_fails_however_little_it_answered(
    load: Trial, requests: int
) -> None:
    wrong = fleet(idle=200, active=50, requests=requests, errors=with_errors(corrupt=3))
    found = run(load, server(), wrong)
    assert (found.status, "corrupt 3" in found.reason) == (Status.FAIL, True)


def test_wrong_statuses_alone_are_counted_and_fail_where_no_reply_is_right(load: Trial) -> None:
    some = run(load, server(), fleet(idle=200, active=50, errors=with_errors(status=9)))
    assert (some.status, some.metrics["errors"]) == (Status.OK, 9)
    none = fleet(idle=200, active=50, requests=0, errors=with_errors(status=9))
    assert run(load, server(), none).status is Status.FAIL


def test_silence_is_the_servers_unless_the_machine_stood_still(
    load: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = {"user_ns": 0, "system_ns": 0, "wall_ns": 10**9, "run_ns": 10**8, "wait_ns": 9 * 10**8}
    others: list[dict[str, Any]] = [{}, {"cpu": waited}, {"requests": 0}]
    for said in others:
        quiet = fleet(idle=200, active=50, errors=with_errors(reply_timeout=4), **said)
        found = run(load, server(), quiet)
        assert (found.status, "reply_timeout 4" in found.reason) == (Status.FAIL, True)
    monkeypatch.setattr(clock, "jump", lambda _began, _ended: "the machine slept for 30 s")
    quiet = fleet(idle=200, active=50, errors=with_errors(reply_timeout=4))
    found = run(load, server(), quiet)
    assert (found.status, "the machine slept" in found.reason) == (Status.INVALID, True)


def test_the_status_of_a_server_that_ends_in_a_ceiling_is_waited_for(
    suite_of: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It closed its connections, and its status came a moment later: that was no ceiling, and the
    end was taken for one on SIGTERM."""
    text = "experiments: [{id: e, title: t, measure: ceiling, server: {lab: select}}]"
    trial = expand(suite_of(text), HOST, repeat=1).trials[0]
    dying = server()

    def exited(box: FakeBox, timeout: float) -> Exit | None:
        return Exit(143) if box.script is dying and timeout > 0 else None

    monkeypatch.setattr(FakeBox, "exited", exited)
    fields: dict[str, Any] = {"served": 2, "refused": 9, "stopped_by": "closed", "requests": 0}
    found = run(trial, dying, fleet(idle=58, active=0, **fields))
    assert found.status is Status.FAIL
    assert "the server died during the trial, exit code 143" in found.reason


def test_a_server_that_ended_is_at_fault_for_its_end(load: Trial) -> None:
    lost = fleet(idle=200, active=50, errors=with_errors(closed=50, idle_lost=200))
    found = run(load, server(ended=Exit(3)), lost)
    assert (found.status, "died during the trial, exit code 3" in found.reason) == (
        Status.FAIL,
        True,
    )
    lost = fleet(idle=200, active=50, errors=with_errors(closed=50, idle_lost=200))
    found = run(load, server(ended=Exit(None, 9, outside=True)), lost)
    assert (found.status, "killed from outside" in found.reason) == (Status.ERROR, True)


def test_at_a_ceiling_refusals_are_no_fault_and_wrong_bytes_are(
    ceiling: Callable[[int], Trial],
) -> None:
    errors = with_errors(refused=100, closed=3, reset=2, reply_timeout=1, connect_refused=7)
    found = run(
        ceiling(4096),
        server(),
        fleet(**REFUSED, errors=errors),
    )
    assert (found.status, found.metrics["limit"]) == (Status.OK, "unnamed")
    errors = with_errors(refused=100, corrupt=1)
    found = run(
        ceiling(4096),
        server(),
        fleet(**REFUSED, errors=errors),
    )
    assert (found.status, "corrupt 1" in found.reason) == (Status.FAIL, True)


def test_a_window_that_was_cut_short_is_invalid(load: Trial) -> None:
    found = run(load, server(), fleet(idle=200, active=50, interrupted=True))
    assert found.status is Status.INVALID
    assert "the load generator was interrupted" in found.reason


def test_a_server_that_answers_lines_only_is_told_what_was_sent(load: Trial) -> None:
    errors = with_errors(reply_timeout=250)
    none = Script([event("connected", idle=0, active=0, seconds=10.0, errors=errors)])
    found = run(load, server(), none)
    assert found.status is Status.FAIL
    assert "sent 1 byte on each, without a newline" in found.reason
    assert "fgets" in found.reason


class NoBoxBeside(FakeEngine):
    """The namespace that a box was to join is gone."""

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        if beside is not None:
            raise EngineError("cannot join the network of a box that has ended")
        return super().launch(box, beside)


@pytest.mark.parametrize(
    ("ended", "status", "reason"),
    [
        (Exit(7), Status.FAIL, "died during the trial, exit code 7"),
        (Exit(137), Status.FAIL, "died during the trial, exit code 137"),
        (Exit(None, 9, outside=True), Status.ERROR, "killed from outside"),
        (None, Status.ERROR, "cannot join"),
    ],
)
def test_a_server_that_is_gone_before_the_fleet_comes(
    load: Trial, ended: Exit | None, status: Status, reason: str
) -> None:
    found = measure.run(load, NoBoxBeside([server(ended=ended)]), {})
    assert (found.status, reason in found.reason) == (status, True), found.reason


@pytest.mark.parametrize("ended", [Exit(137), Exit(143), Exit(0), Exit(None, 9)])
def test_an_end_that_the_engine_may_have_caused_is_the_servers_while_the_engine_stays(
    load: Trial, ended: Exit
) -> None:
    scripts = [server(ended=ended), fleet(idle=200, active=50)]
    assert run(load, *scripts).status is Status.FAIL
    scripts = [server(ended=ended), fleet(idle=200, active=50)]
    assert run(load, *scripts, leaving=True).status is Status.ERROR


def test_a_server_that_a_signal_has_stopped_is_said_to_be_stopped(load: Trial) -> None:
    """The kernel does not record the sender of the signal, so it stays the server's fault."""
    lost = event("connected", idle=0, active=0, seconds=10.0, errors=with_errors(reply_timeout=250))
    silent = fleet(idle=200, active=50, errors=with_errors(reply_timeout=4))
    with subprocess.Popen(["/bin/sleep", "60"]) as standing:
        for stopped in (False, True):
            if stopped:
                standing.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, standing.pid, os.WSTOPPED | os.WNOWAIT)
            for scripts in (
                (Script([], pid=standing.pid),),
                (server(pid=standing.pid), Script([lost])),
                (server(pid=standing.pid), replace(silent, lines=[*silent.lines])),
            ):
                found = run(load, *scripts)
                assert found.status is Status.FAIL
                said = f"its process {standing.pid} is stopped (state T of proc(5))"
                assert (said in found.reason) is stopped, found.reason
        standing.kill()
